//! The counts of a transaction, by name. They do not depend on a clock.

use std::collections::BTreeMap;

use crate::receipt::{ContractFrames, Receipt, Trace};
use crate::units::Address;

/// The counts of a call: gas, pages and faults of a contract, host calls, hashes, store writes and undo. A count that the
/// pager cannot know is left out.
pub fn counts(receipt: &Receipt, trace: &Trace, address: &Address) -> BTreeMap<String, u64> {
    let contract = receipt.contracts.iter().find(|contract| contract.address == *address);
    let frames = trace.frames.iter().find(|frames| frames.contract == *address);
    let touched = |pages: fn(&ContractFrames) -> Option<u32>| frames.and_then(pages).map(u64::from);
    let known = [
        ("pages read", touched(|frames| frames.pages_read)),
        ("pages written", touched(|frames| frames.pages_written)),
        ("pages changed", contract.map(|contract| u64::from(contract.pages_changed))),
    ];
    let counts = frames.map(|frames| frames.statistics).unwrap_or_default();
    let store = trace.store.unwrap_or_default();
    let counts = [
        ("gas", receipt.gas_used.0),
        ("read faults", counts.read_faults),
        ("write faults", counts.write_faults),
        ("signals", counts.signals),
        ("pages loaded", counts.pages_loaded),
        ("pages copied", counts.pages_copied),
        ("pages compared", counts.pages_compared),
        ("system calls", counts.system_calls),
        ("host calls", trace.host_calls.values().sum()),
        ("chunks hashed", store.chunks_hashed),
        ("nodes hashed", store.nodes_hashed),
        ("world nodes hashed", store.world_hashed),
        ("records written", store.records_written),
        ("records deleted", store.records_deleted),
        ("bytes of records", store.bytes_written),
        ("pages copied for undo", trace.undo.pages_copied),
        ("pages put back by undo", trace.undo.pages_restore_aside),
    ];
    let known = known.into_iter().filter_map(|(name, count)| Some((name, count?)));
    counts.into_iter().chain(known).map(|(name, count)| (name.to_owned(), count)).collect()
}
