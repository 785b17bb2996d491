//! What a transaction takes that does not depend on a clock, by names for tables.

use std::collections::BTreeMap;

use crate::exec::{Receipt, Trace};
use crate::units::Address;

/// What a receipt says of a contract that does not depend on a clock.
pub fn receipt_counts(receipt: &Receipt, address: &Address) -> BTreeMap<String, u64> {
    let contract = receipt.contracts.iter().find(|contract| contract.address == *address);
    let counts = [
        ("gas", Some(receipt.gas_used.0)),
        ("pages read", contract.and_then(|contract| contract.pages_read).map(u64::from)),
        ("pages written", contract.and_then(|contract| contract.pages_written).map(u64::from)),
        ("pages changed", contract.map(|contract| u64::from(contract.pages_changed))),
    ];
    counts.into_iter().filter_map(|(name, count)| Some((name.to_owned(), count?))).collect()
}

/// What a call that was counted took: presenting a contract's pages, host functions, hashing, writing, and being able to
/// undo.
pub fn trace_counts(trace: &Trace, address: &Address) -> BTreeMap<String, u64> {
    let frames = trace.frames.iter().find(|frames| frames.contract == *address);
    let counts = frames.map(|frames| frames.statistics).unwrap_or_default();
    let store = trace.store.unwrap_or_default();
    let counts = [
        ("read faults", counts.read_faults),
        ("write faults", counts.write_faults),
        ("signals", counts.signals),
        ("pages loaded", counts.pages_loaded),
        ("pages copied", counts.pages_copied),
        ("pages compared", counts.pages_compared),
        ("system calls", counts.system_calls),
        ("host calls", trace.host_calls.values().sum()),
        ("pages hashed", store.pages_hashed),
        ("nodes hashed", store.nodes_hashed),
        ("world nodes hashed", store.world_hashed),
        ("records written", store.records_written),
        ("records deleted", store.records_deleted),
        ("bytes of records", store.bytes_written),
        ("pages copied for undo", trace.undo.pages_copied),
        ("pages put back by undo", trace.undo.pages_put_back),
    ];
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}
