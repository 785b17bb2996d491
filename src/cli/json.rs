//! Results as JSON: the field names that programs rely on.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use vellum::contract::Signature;
use vellum::paging::Unavailable;
use vellum::receipt::{
    Block, CallTrace, ContractFrames, Event, Receipt, RecordedEvent, Status, StorageWrite, TouchedContract, Trace,
    Value,
};
use vellum::store::Account;
use vellum::units::{Address, ByteOffset, PageBytes, PageHash, PageIndex, StateRoot, Version};
use vellum::vm::{ByteDifference, Deployed, PageDifference, RolledBack, Transferred, VersionEntry};

/// Bytes as hex with `0x`.
pub fn hex(bytes: &[u8]) -> String {
    const_hex::encode_prefixed(bytes)
}

pub fn deployed(deployed: &Deployed) -> Json {
    json!({
        "address": deployed.address.to_string(),
        "code_hash": deployed.code_hash.to_string(),
        "state": deployed.state.to_string(),
        "max_pages": deployed.max_pages.0,
    })
}

pub fn receipt(receipt: &Receipt) -> Json {
    json!({
        "status": status(&receipt.status),
        "commit": receipt.commit.map(|commit| commit.0),
        "halt": halt(&receipt.status),
        "results": receipt.results.iter().copied().map(integer).collect::<Vec<_>>(),
        "output": hex(&receipt.output),
        "gas_used": receipt.gas_used.0,
        "contracts": receipt.contracts.iter().map(touched).collect::<Vec<_>>(),
        "events": receipt.events.iter().map(event).collect::<Vec<_>>(),
        "logs": receipt.logs,
    })
}

/// A block and the receipts of its calls.
pub fn block(block: &Block) -> Json {
    let state = |(address, version, state): &(Address, Version, StateRoot)| json!({ "address": address.to_string(), "version": version.0, "state": state.to_string() });
    json!({
        "block": block.number,
        "timestamp": block.timestamp,
        "commit": block.commit.0,
        "world_root": block.world_root.to_string(),
        "states": block.states.iter().map(state).collect::<Vec<_>>(),
        "receipts": block.receipts.iter().map(receipt).collect::<Vec<_>>(),
    })
}

/// Events and where they were emitted.
pub fn events(events: &[RecordedEvent]) -> Json {
    let entry = |recorded: &RecordedEvent| {
        let mut document = event(&recorded.event);
        document["commit"] = recorded.commit.0.into();
        document["block"] = recorded.block.into();
        document
    };
    json!({ "events": events.iter().map(entry).collect::<Vec<_>>() })
}

fn event(event: &Event) -> Json {
    json!({
        "contract": event.contract.to_string(),
        "topics": event.topics.iter().map(|topic| hex(topic)).collect::<Vec<_>>(),
        "data": hex(&event.data),
        "expires_after": event.expires_after,
    })
}

/// The calls of a transaction, each before those inside it.
pub fn calls(trace: &Trace) -> Json {
    let indices = |pages: &Option<Vec<PageIndex>>| {
        pages.as_ref().map(|pages| pages.iter().map(|page| page.0).collect::<Vec<_>>())
    };
    let write = |write: &StorageWrite| {
        json!({
            "calls_before": write.calls_before,
            "page": write.page.0,
            "offset": write.offset,
            "before": hex(&write.before),
            "after": hex(&write.after),
        })
    };
    let entry = |call: &CallTrace| {
        json!({
            "depth": call.depth,
            "caller": call.caller.to_string(),
            "callee": call.contract.to_string(),
            "function": call.function,
            "static": call.read_only,
            "value": call.value,
            "input": hex(&call.input),
            "output": hex(&call.output),
            "gas_given": call.gas_given.0,
            "gas_used": call.gas_used.0,
            "pages_read": indices(&call.pages_read),
            "pages_written": indices(&call.pages_written),
            "writes": call.writes.iter().map(write).collect::<Vec<_>>(),
            "status": status(&call.status),
            "halt": halt(&call.status),
        })
    };
    trace.calls.iter().map(entry).collect()
}

fn halt(status: &Status) -> Json {
    match status {
        Status::Halted(halt) => json!({ "kind": halt.kind.name(), "message": halt.message }),
        Status::Returned | Status::Reverted => Json::Null,
    }
}

/// The name of a status, without the reason of a halt.
pub fn status(status: &Status) -> &'static str {
    match status {
        Status::Returned => "returned",
        Status::Reverted => "reverted",
        Status::Halted(_) => "halted",
    }
}

fn integer(value: Value) -> i64 {
    match value {
        Value::I32(number) => number.into(),
        Value::I64(number) => number,
    }
}

fn touched(contract: &TouchedContract) -> Json {
    json!({
        "address": contract.address.to_string(),
        "state_before": contract.state_before.map(|state| state.to_string()),
        "state_after": contract.state_after.map(|state| state.to_string()),
        "version": contract.version.0,
        "pages_changed": contract.pages_changed,
    })
}

pub fn balance(address: &Address, balance: u64) -> Json {
    json!({ "address": address.to_string(), "balance": balance })
}

/// An account, with the number of its stored pages and what it exports (nothing, for one without code).
pub fn account(address: &Address, account: &Account, pages: usize, exports: &BTreeMap<String, Signature>) -> Json {
    let export = |(name, signature): (&String, &Signature)| {
        let types = |types: &[_]| types.iter().map(ToString::to_string).collect::<Vec<_>>();
        json!({ "name": name, "params": types(&signature.params), "results": types(&signature.results) })
    };
    json!({
        "address": address.to_string(),
        "balance": account.balance,
        "nonce": account.nonce,
        "state": account.state.to_string(),
        "version": account.version.0,
        "pages": pages,
        "max_pages": account.code.map(|code| code.max_pages.0),
        "code_hash": account.code.map(|code| code.hash.to_string()),
        "refuses_reentry": account.code.map(|code| code.refuses_reentry),
        "exports": exports.iter().map(export).collect::<Vec<_>>(),
    })
}

pub fn bytes(address: &Address, offset: ByteOffset, data: &[u8]) -> Json {
    json!({ "address": address.to_string(), "offset": offset.0, "length": data.len(), "data": hex(data) })
}

pub fn page(address: &Address, index: PageIndex, data: &PageBytes, hash: &PageHash) -> Json {
    json!({ "address": address.to_string(), "index": index.0, "data": hex(data), "hash": hash.to_string() })
}

/// The versions of a contract, the oldest first.
pub fn history(address: &Address, versions: &[VersionEntry]) -> Json {
    let entry = |entry: &VersionEntry| {
        json!({
            "version": entry.version.0,
            "commit": (entry.moment.step == 0).then_some(entry.moment.commit.0),
            "state": entry.state.to_string(),
            "pages_changed": entry.pages_changed,
        })
    };
    json!({ "address": address.to_string(), "versions": versions.iter().map(entry).collect::<Vec<_>>() })
}

/// What is different between two versions.
pub fn diff(address: &Address, from: Version, to: Version, pages: &[PageDifference]) -> Json {
    let run = |run: &ByteDifference| json!({ "offset": run.offset, "old": hex(&run.old), "new": hex(&run.new) });
    let page =
        |page: &PageDifference| json!({ "index": page.page.0, "runs": page.runs.iter().map(run).collect::<Vec<_>>() });
    json!({
        "address": address.to_string(),
        "from": from.0,
        "to": to.0,
        "pages": pages.iter().map(page).collect::<Vec<_>>(),
    })
}

pub fn rolled_back(address: &Address, rolled: &RolledBack) -> Json {
    let mut document = json!({
        "address": address.to_string(),
        "commit": rolled.commit.map(|commit| commit.0),
        "version": rolled.version.0,
        "state": rolled.state.to_string(),
    });
    if rolled.went_round_damage() {
        let records: Vec<_> = rolled.mended.records.iter().map(ToString::to_string).collect();
        document["mended"] = records.into();
        document["lost"] = rolled.losses().into();
    }
    document
}

/// What a file of diffs holds or did; `bytes`: its length.
pub fn transferred(transferred: &Transferred, bytes: Option<usize>) -> Json {
    let mut document = json!({
        "address": transferred.address.to_string(),
        "from": transferred.from.0,
        "to": transferred.to.0,
        "state": transferred.state.to_string(),
    });
    if let Some(bytes) = bytes {
        document["bytes"] = bytes.into();
    }
    document
}

/// The oldest version that is kept.
pub fn pruned(address: &Address, oldest: &VersionEntry) -> Json {
    json!({ "address": address.to_string(), "version": oldest.version.0, "state": oldest.state.to_string() })
}

/// How a call went.
pub fn frames(trace: &Trace) -> Json {
    let entry = |frames: &ContractFrames| {
        let counts = frames.statistics;
        json!({
            "contract": frames.contract.to_string(),
            "pager": frames.pager.name(),
            "pages_read": frames.pages_read,
            "pages_written": frames.pages_written,
            "read_faults": counts.read_faults,
            "write_faults": counts.write_faults,
            "signals": counts.signals,
            "pages_loaded": counts.pages_loaded,
            "pages_copied": counts.pages_copied,
            "pages_compared": counts.pages_compared,
            "system_calls": counts.system_calls,
        })
    };
    trace.frames.iter().map(entry).collect()
}

/// Something that not every host has, and whether this one does.
pub fn available(name: &str, availability: Result<(), Unavailable>) -> Json {
    let (reason, enable) = availability.err().map(|why| (why.reason, why.remedy)).unzip();
    json!({ "name": name, "available": reason.is_none(), "reason": reason, "enable": enable })
}
