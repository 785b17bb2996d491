//! Recording the trace of a transaction.
//!
//! The writes of a call are found where nested calls begin and where calls end. There the pages that the running call may
//! write are compared with their bytes at the last such point. So the trace has writes and nested calls in order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use crate::machine::{CallEnd, CallResult, OutgoingCall};
use crate::paging::{Access, PageTable, Pager, Region};
use crate::receipt::{Call, CallTrace, Detail, Status, StorageWrite, Trace, Value};
use crate::store::{Snapshot, StoreError};
use crate::units::{Address, Gas, PAGE_SIZE, PageBytes, PageIndex};

/// The trace of a transaction so far.
#[derive(Debug)]
pub(super) struct Tracer {
    calls: Vec<CallTrace>,
    /// The calls that have not ended, the innermost last.
    running: Vec<RunningCall>,
    /// The bytes of pages at the last comparison, where they differ from the committed bytes. Present if writes are traced.
    bytes: Option<HashMap<(Address, PageIndex), Box<PageBytes>>>,
    /// The number of calls of each host function. Present if counts are requested.
    host_calls: Option<BTreeMap<String, u64>>,
}

/// A call that has not ended.
#[derive(Debug)]
struct RunningCall {
    /// Its index in the trace.
    at: usize,
    /// The number of nested calls that it has made itself.
    calls: u32,
    /// The pages that it has read, and the pages that it has written, as far as they are known.
    touched: [Vec<PageIndex>; 2],
}

impl Tracer {
    /// A tracer with this detail. `None` if no calls are traced.
    pub(super) fn new(detail: Option<Detail>) -> Option<Box<Self>> {
        let detail = detail.filter(|detail| *detail != Detail::Times)?;
        let bytes = (detail == Detail::Writes).then(HashMap::new);
        let host_calls = (detail == Detail::Counts).then(BTreeMap::new);
        let (calls, running) = Default::default();
        Some(Box::new(Self { calls, running, bytes, host_calls }))
    }

    /// The calls, each before the calls nested in it, and the counts of host calls.
    pub(super) fn into_trace(self) -> Trace {
        Trace { calls: self.calls, host_calls: self.host_calls.unwrap_or_default(), ..Trace::default() }
    }

    /// Returns true if host calls are counted.
    pub(super) fn counts(&self) -> bool {
        self.host_calls.is_some()
    }

    /// Counts a host call.
    pub(super) fn count_host_call(&mut self, name: &str) {
        let Some(counts) = &mut self.host_calls else { return };
        match counts.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(counts.insert(name.to_owned(), 1)),
        }
    }

    /// Begins a call.
    pub(super) fn begin(&mut self, call: CallTrace) {
        if let Some(caller) = self.running.last_mut() {
            caller.calls += 1;
        }
        self.running.push(RunningCall { at: self.calls.len(), calls: 0, touched: Default::default() });
        self.calls.push(call);
    }

    /// Sets the arguments of the running call, and the input behind them.
    pub(super) fn set_arguments(&mut self, arguments: &[Value], input: &[u8]) {
        let Some(running) = self.running.last().filter(|_| !arguments.is_empty()) else { return };
        let call = &mut self.calls[running.at];
        call.arguments = arguments.to_vec();
        call.input = input.to_vec();
    }

    /// Adds the writes of the running call since the last comparison.
    pub(super) fn add_writes(
        &mut self,
        table: &PageTable,
        contract: Address,
        region: &Region,
        pager: &dyn Pager,
        snapshot: &dyn Snapshot,
    ) -> Result<(), StoreError> {
        let (Some(bytes), Some(running)) = (&mut self.bytes, self.running.last()) else { return Ok(()) };
        if !pager.knows(Access::Write) {
            return Ok(());
        }
        let mut committed = [0; PAGE_SIZE];
        for page in table.pages(Access::Write) {
            let now = region.page(page);
            let last = bytes.get(&(contract, page));
            let before = match last {
                Some(last) => &**last,
                None => {
                    snapshot.read_page(&contract, page, &mut committed)?;
                    &committed
                }
            };
            let ranges = words_between(before, now);
            for range in &ranges {
                self.calls[running.at].writes.push(StorageWrite {
                    calls_before: running.calls,
                    page,
                    offset: range.start as u16,
                    before: before[range.clone()].to_vec(),
                    after: now[range.clone()].to_vec(),
                });
            }
            if !ranges.is_empty() {
                bytes.insert((contract, page), Box::new(*now));
            }
        }
        Ok(())
    }

    /// Adds the pages that the running call has touched, before its page table is cleared.
    pub(super) fn add_touched(&mut self, table: &PageTable) {
        let Some(running) = self.running.last_mut() else { return };
        for (touched, access) in running.touched.iter_mut().zip([Access::Read, Access::Write]) {
            let known: HashSet<PageIndex> = touched.iter().copied().collect();
            touched.extend(table.pages(access).into_iter().filter(|page| !known.contains(page)));
        }
    }

    /// Sets the pages that the running call touched, and how much of its input it read.
    pub(super) fn set_touched(&mut self, table: &PageTable, input_read: u32) {
        self.add_touched(table);
        if let Some(running) = self.running.last() {
            self.calls[running.at].input_read = input_read;
        }
    }

    /// Takes over the bytes of the pages after an undo.
    pub(super) fn record_undo<'a>(&mut self, contracts: impl Iterator<Item = (Address, &'a Region)>) {
        let Some(bytes) = &mut self.bytes else { return };
        for (contract, region) in contracts {
            // A page that was evicted has its committed bytes.
            bytes.retain(|(address, page), _| *address != contract || region.is_present(*page));
            for ((_, page), bytes) in bytes.iter_mut().filter(|((address, _), _)| *address == contract) {
                **bytes = *region.page(*page);
            }
        }
    }

    /// Ends the running call, which was given this gas.
    pub(super) fn end(&mut self, gas: Gas, result: &CallResult, pager: &dyn Pager) {
        let Some(running) = self.running.pop() else { return };
        let call = &mut self.calls[running.at];
        call.gas_used = Gas(gas.0 - result.gas_left.0);
        call.output.clone_from(&result.output);
        call.status = match &result.end {
            CallEnd::Returned(_) => Status::Returned,
            CallEnd::Reverted => Status::Reverted,
            CallEnd::Halted(halt) => Status::Halted(halt.clone()),
        };
        let [read, written] = running.touched;
        call.pages_read = pager.knows(Access::Read).then_some(read);
        call.pages_written = pager.knows(Access::Write).then_some(written);
    }
}

/// The ranges of aligned eight-byte words that differ. Adjacent words are one range.
fn words_between(before: &PageBytes, now: &PageBytes) -> Vec<Range<usize>> {
    const WORD: usize = 8;
    let mut ranges: Vec<Range<usize>> = Vec::new();
    // Most pages differ in few words, so equal bytes are skipped in wide steps.
    const WIDE: usize = 256;
    for wide in (0..PAGE_SIZE).step_by(WIDE).filter(|wide| before[*wide..wide + WIDE] != now[*wide..wide + WIDE]) {
        for start in (wide..wide + WIDE).step_by(WORD) {
            if before[start..start + WORD] == now[start..start + WORD] {
                continue;
            }
            match ranges.last_mut() {
                Some(last) if last.end == start => last.end += WORD,
                _ => ranges.push(start..start + WORD),
            }
        }
    }
    ranges
}

/// The trace of the top-level call before it begins.
pub(super) fn top_level(call: &Call) -> CallTrace {
    CallTrace {
        depth: 0,
        caller: call.sender,
        contract: call.contract,
        function: call.function.clone(),
        read_only: false,
        value: call.value,
        arguments: call.arguments.clone(),
        input: call.input.clone(),
        gas_given: call.gas,
        ..empty_trace()
    }
}

/// The trace of a nested call before it begins.
pub(super) fn nested(depth: u32, caller: Address, outgoing: &OutgoingCall<'_>) -> CallTrace {
    let OutgoingCall { request, read_only, gas: gas_given, .. } = *outgoing;
    CallTrace {
        depth,
        caller,
        contract: request.contract,
        function: request.function.clone(),
        read_only,
        value: request.value,
        input: request.input.clone(),
        gas_given,
        ..empty_trace()
    }
}

/// The fields that a call has before it begins.
fn empty_trace() -> CallTrace {
    CallTrace {
        depth: 0,
        caller: Address::ZERO,
        contract: Address::ZERO,
        function: String::new(),
        read_only: false,
        value: 0,
        arguments: Vec::new(),
        input: Vec::new(),
        input_read: 0,
        gas_given: Gas(0),
        gas_used: Gas(0),
        pages_read: None,
        pages_written: None,
        writes: Vec::new(),
        output: Vec::new(),
        status: Status::Reverted,
    }
}
