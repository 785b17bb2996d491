//! Traces as text: the tree of calls with their writes, and the changed pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Serialize;
use vellum::receipt::{CallTrace, ContractFrames, Receipt, Status, StorageWrite, Trace, Value};
use vellum::units::{Address, PAGE_SIZE, PageBytes, PageIndex};
use vellum::vm::{Error, View};

use super::table::hex;
use super::untrusted;

/// A receipt as JSON, with the trace if it was requested.
#[derive(Debug, Serialize)]
pub struct Narration<'a> {
    #[serde(flatten)]
    receipt: &'a Receipt,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a [CallTrace]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<&'a [ContractFrames]>,
}

impl<'a> Narration<'a> {
    pub fn new(receipt: &'a Receipt, trace: Option<&'a Trace>) -> Self {
        Self { receipt, trace: trace.map(|trace| &*trace.calls), frames: trace.map(|trace| &*trace.frames) }
    }
}

/// Names of addresses, and the contracts whose writes and inputs are not shown.
#[derive(Debug, Default)]
pub struct Names {
    names: BTreeMap<Address, String>,
    quiet: BTreeSet<Address>,
}

impl Names {
    /// Names an address, unless it has a name.
    pub fn add(&mut self, name: &str, address: Address) {
        self.names.entry(address).or_insert_with(|| format!("${}", untrusted::line(name)));
    }

    /// Leaves out the writes and inputs of a contract.
    pub fn quiet(&mut self, address: Address) {
        self.quiet.insert(address);
    }

    /// Returns the name of an address, or the address as hex.
    pub fn show(&self, address: &Address) -> String {
        self.names.get(address).cloned().unwrap_or_else(|| address.to_string())
    }
}

/// Shows the calls of a transaction as a tree. Below each call are its writes and its nested calls, in order.
pub fn calls(trace: &Trace, names: &Names) -> String {
    let mut text = String::new();
    let mut at = 0;
    while at < trace.calls.len() {
        at = call(trace, at, names, &mut text);
    }
    text
}

/// Shows a call and the calls nested in it. Returns the index of the call after them.
fn call(trace: &Trace, at: usize, names: &Names, text: &mut String) -> usize {
    let call_at = at;
    let this = &trace.calls[at];
    let indent = "  ".repeat(this.depth as usize);
    let read_only = if this.read_only { " static" } else { "" };
    let value = if this.value > 0 { format!(" with {}", this.value) } else { String::new() };
    let quiet = names.quiet.contains(&this.contract);
    let input = if quiet || this.input.is_empty() { String::new() } else { format!(" input {}", short(&this.input)) };
    let arguments = if quiet { String::new() } else { list(&this.arguments) };
    let function = untrusted::line(&this.function);
    // Writing to a string does not fail.
    let _ = writeln!(text, "{indent}{} {function}{arguments}{read_only}{value}{input}", names.show(&this.contract));
    let _ = writeln!(text, "{indent}  from {}: {}", names.show(&this.caller), end_of(this));
    let _ = writeln!(text, "{indent}  gas {} of {}{}", this.gas_used, this.gas_given, touched(this));
    let mut writes = this.writes.iter().filter(|_| !quiet).peekable();
    let (mut next, mut made) = (call_at + 1, 0);
    loop {
        while let Some(write) = writes.next_if(|write| write.calls_before <= made) {
            let _ = writeln!(text, "{indent}  page {} at {}: {}", write.page, write.offset, change(write));
        }
        if trace.calls.get(next).is_none_or(|inner| inner.depth <= this.depth) {
            return next;
        }
        next = call(trace, next, names, text);
        made += 1;
    }
}

/// Shows arguments in parentheses, or an empty string if there are none.
fn list(arguments: &[Value]) -> String {
    let shown: Vec<String> = arguments.iter().map(Value::to_string).collect();
    if shown.is_empty() { String::new() } else { format!("({})", shown.join(", ")) }
}

fn end_of(call: &CallTrace) -> String {
    let end = match &call.status {
        Status::Halted(halt) => format!("halted, {}: {}", halt.kind.name(), untrusted::line(&halt.message)),
        other => other.name().to_owned(),
    };
    let output = if call.output.is_empty() { String::new() } else { format!(" {}", short(&call.output)) };
    let undone = call.status != Status::Returned && !call.writes.is_empty();
    format!("{end}{output}{}", if undone { "; its writes are undone" } else { "" })
}

/// Shows the pages that a call touched, at most eight by index.
fn touched(call: &CallTrace) -> String {
    const SHOWN: usize = 8;
    let list = |what: &str, pages: &Option<Vec<PageIndex>>| {
        let Some(pages) = pages.as_ref().filter(|pages| !pages.is_empty()) else { return String::new() };
        let named: Vec<String> = pages.iter().take(SHOWN).map(ToString::to_string).collect();
        let more = if pages.len() > SHOWN { format!(" and {} more", pages.len() - SHOWN) } else { String::new() };
        format!(", {what} {}{more}", named.join(" "))
    };
    let unknown = if call.pages_written.is_none() { ", this pager does not know the written pages" } else { "" };
    list("read page", &call.pages_read) + &list("wrote page", &call.pages_written) + unknown
}

fn change(write: &StorageWrite) -> String {
    let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes);
    let numbers = match (number(&write.before), number(&write.after)) {
        (Ok(before), Ok(after)) => format!(" ({before} -> {after})"),
        _ => String::new(),
    };
    format!("{} -> {}{numbers}", short(&write.before), short(&write.after))
}

/// Shows bytes as hex. Of more than 40 bytes it shows the first 40 and the length.
fn short(bytes: &[u8]) -> String {
    const SHOWN: usize = 40;
    match bytes.len() {
        0..=SHOWN => hex(bytes),
        length => format!("{}… ({length} bytes)", hex(&bytes[..SHOWN])),
    }
}

/// Shows the changed rows of pages, before and after a transaction. `view` is on the moment after it.
pub fn pages(trace: &Trace, view: &View, names: &Names) -> Result<String, Error> {
    let mut text = String::new();
    let mut pages: BTreeMap<(Address, PageIndex), Vec<&StorageWrite>> = BTreeMap::new();
    for (contract, write) in lasting(trace).into_iter().filter(|(contract, _)| !names.quiet.contains(contract)) {
        pages.entry((contract, write.page)).or_default().push(write);
    }
    for ((contract, page), writes) in pages {
        let (after, _) = view.page(&contract, page)?;
        let mut before = after;
        for write in writes.iter().rev() {
            let start = usize::from(write.offset);
            before[start..start + write.before.len()].copy_from_slice(&write.before);
        }
        let rows = rows(&before, &after);
        if !rows.is_empty() {
            let _ = write!(text, "page {page} of {}, before and after\n{rows}", names.show(&contract));
        }
    }
    Ok(text)
}

/// Returns the writes that were not undone, in order: those of calls that returned and are not nested in a failed call.
fn lasting(trace: &Trace) -> Vec<(Address, &StorageWrite)> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < trace.calls.len() {
        at = lasting_of(trace, at, true, &mut all);
    }
    all
}

fn lasting_of<'a>(trace: &'a Trace, at: usize, lasts: bool, all: &mut Vec<(Address, &'a StorageWrite)>) -> usize {
    let this = &trace.calls[at];
    let lasts = lasts && this.status == Status::Returned;
    let mut writes = this.writes.iter().peekable();
    let (mut next, mut made) = (at + 1, 0);
    loop {
        while let Some(write) = writes.next_if(|write| write.calls_before <= made) {
            all.extend(lasts.then_some((this.contract, write)));
        }
        if trace.calls.get(next).is_none_or(|inner| inner.depth <= this.depth) {
            return next;
        }
        next = lasting_of(trace, next, lasts, all);
        made += 1;
    }
}

/// Shows the rows that differ: the old bytes, and below them the new bytes.
fn rows(before: &PageBytes, after: &PageBytes) -> String {
    const ROW: usize = 16;
    let mut text = String::new();
    let bytes = |row: &[u8]| row.iter().map(|byte| format!(" {byte:02x}")).collect::<String>();
    for start in (0..PAGE_SIZE).step_by(ROW) {
        let (old, new) = (&before[start..start + ROW], &after[start..start + ROW]);
        if old != new {
            let _ = writeln!(text, "  {start:04x} -{}", bytes(old));
            let _ = writeln!(text, "       +{}", bytes(new));
        }
    }
    text
}
