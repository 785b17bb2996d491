//! Results as text.

use std::collections::BTreeMap;
use std::fmt::Write;

use vellum::contract::Signature;
use vellum::receipt::{Block, ContractState, Event, Receipt, RecordedEvent, Trace};
use vellum::store::Account;
use vellum::units::{Address, StateRoot};
use vellum::vm::{ByteDifference, Deployed, PageDifference, RolledBack, Transferred, VersionEntry};

use super::table::{Table, hex};
use super::untrusted;

pub fn deployed(deployed: &Deployed) -> String {
    Table::default()
        .row("address", deployed.address)
        .row("code hash", deployed.code_hash)
        .row("state", deployed.state)
        .row("max pages", deployed.max_pages)
        .finish()
}

pub fn receipt(receipt: &Receipt) -> String {
    let mut table = Table::default().row("status", receipt.status.name());
    if let Some(halt) = receipt.status.halt() {
        table = table.row("halt", format_args!("{}: {}", halt.kind.name(), untrusted::line(&halt.message)));
    }
    table = match receipt.commit {
        Some(commit) => table.row("commit", commit),
        None => table.row("commit", "none"),
    };
    for result in &receipt.results {
        table = table.row("result", result);
    }
    if !receipt.output.is_empty() {
        table = table.row("output", hex(&receipt.output));
    }
    table = table.row("gas used", receipt.gas_used);
    for contract in &receipt.contracts {
        table = table
            .row("contract", contract.address)
            .row("  version", contract.version)
            .row("  before", state(contract.state_before))
            .row("  after", state(contract.state_after))
            .row("  pages", format_args!("{} changed", contract.pages_changed));
    }
    for event in &receipt.events {
        table = table.row("event", event_text(event));
    }
    for log in &receipt.logs {
        table = table.row("log", untrusted::line(log));
    }
    table.finish()
}

/// Shows a balance.
pub fn balance(balance: u64) -> String {
    Table::default().row("balance", balance).finish()
}

/// Shows a block and the receipts of its calls.
pub fn block(block: &Block) -> String {
    let mut table = Table::default()
        .row("block", block.number)
        .row("timestamp", block.timestamp)
        .row("commit", block.commit)
        .row("world root", block.world_root);
    for ContractState { address, version, state } in &block.states {
        table = table.row("contract", address).row("  version", version).row("  state", state);
    }
    block.receipts.iter().fold(table.finish(), |text, call| text + "\n" + &receipt(call))
}

/// Shows events, one on each line.
pub fn events(events: &[RecordedEvent]) -> String {
    let row = |table: Table, recorded: &RecordedEvent| {
        let place = format!("commit {}, block {}", recorded.commit, recorded.block);
        table.row("event", format_args!("{} ({place})", event_text(&recorded.event)))
    };
    let table = events.iter().fold(Table::default(), row);
    if events.is_empty() { "no events\n".to_owned() } else { table.finish() }
}

/// Shows the work of the pagers: faults, pages and system calls for each contract.
pub fn frames(trace: &Trace) -> String {
    let mut table = Table::default();
    for frames in &trace.frames {
        let counts = frames.statistics;
        table = table
            .row("frames", format_args!("of {}, pager {}", frames.contract, frames.pager))
            .row(
                "  faults",
                format_args!(
                    "{} read, {} write, {} as signals",
                    counts.read_faults, counts.write_faults, counts.signals
                ),
            )
            .row(
                "  pages",
                format_args!(
                    "{} read, {} written, {} loaded, {} copied, {} compared",
                    known(frames.pages_read),
                    known(frames.pages_written),
                    counts.pages_loaded,
                    counts.pages_copied,
                    counts.pages_compared
                ),
            )
            .row("  system", format_args!("{} calls", counts.system_calls));
    }
    table.finish()
}

fn event_text(event: &Event) -> String {
    let topics: Vec<String> = event.topics.iter().map(|topic| hex(topic)).collect();
    let topics = if topics.is_empty() { String::new() } else { format!(" [{}]", topics.join(" ")) };
    format!("{}{topics} {}", event.contract, hex(&event.data))
}

/// Shows a state root. A receipt inside a block has none.
fn state(state: Option<StateRoot>) -> String {
    state.map_or_else(|| "inside a block".to_owned(), |state| state.to_string())
}

/// Shows a count, or `?` if the pager does not know it.
fn known(count: Option<u32>) -> String {
    count.map_or_else(|| "?".to_owned(), |count| count.to_string())
}

/// Shows an account, the number of its stored pages and its exports.
pub fn account(address: &Address, account: &Account, pages: usize, exports: &BTreeMap<String, Signature>) -> String {
    let mut table =
        Table::default().row("address", address).row("balance", account.balance).row("nonce", account.nonce);
    if let Some(code) = account.code {
        table = table
            .row("version", account.version)
            .row("state", account.state)
            .row("pages", format_args!("{pages} stored, at most {}", code.max_pages))
            .row("code hash", code.hash);
    }
    for (name, signature) in exports {
        table = table.row("export", format_args!("{} {signature}", untrusted::line(name)));
    }
    table.finish()
}

/// Shows the versions of a contract, one on each line.
pub fn history(versions: &[VersionEntry]) -> String {
    let mut table = Table::default();
    for entry in versions {
        let pages = match entry.pages_changed {
            Some(1) => "1 page changed".to_owned(),
            Some(count) => format!("{count} pages changed"),
            None => "earlier versions were pruned".to_owned(),
        };
        let made = if entry.moment.step == 0 { entry.moment.to_string() } else { "deployed".to_owned() };
        table = table.row(&entry.version.to_string(), format_args!("{} {pages}, {made}", entry.state));
    }
    table.finish()
}

/// Shows the difference between two versions, one line for each byte run.
pub fn diff(pages: &[PageDifference]) -> String {
    let mut text = String::new();
    for PageDifference { page, runs } in pages {
        // Writing to a string does not fail.
        let _ = writeln!(text, "page {page}");
        for ByteDifference { offset, old, new } in runs {
            let _ = writeln!(text, "  {:08x}  {} -> {}", page.start().0 + u64::from(*offset), hex(old), hex(new));
        }
    }
    if pages.is_empty() { "no difference\n".to_owned() } else { text }
}

pub fn rolled_back(rolled: &RolledBack) -> String {
    let table = match rolled.commit {
        Some(commit) => Table::default().row("commit", commit),
        None => Table::default().row("commit", "none: the storage did not change"),
    };
    let table = table.row("version", rolled.version).row("state", rolled.state);
    let table = rolled.mended.records.iter().fold(table, |table, record| table.row("mended", record));
    rolled.losses().iter().fold(table, |table, loss| table.row("lost", loss)).finish()
}

/// Shows a file of diffs that was exported or applied. `bytes` is its length.
pub fn transferred(transferred: &Transferred, bytes: Option<usize>) -> String {
    let table = Table::default()
        .row("address", transferred.address)
        .row("versions", format_args!("{} to {}", transferred.from, transferred.to))
        .row("state", transferred.state);
    match bytes {
        Some(bytes) => table.row("bytes", bytes).finish(),
        None => table.finish(),
    }
}

/// Shows the oldest version after pruning.
pub fn pruned(oldest: &VersionEntry) -> String {
    Table::default().row("oldest", format_args!("version {}", oldest.version)).row("state", oldest.state).finish()
}
