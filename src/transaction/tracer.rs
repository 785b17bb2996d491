//! Follows a transaction for somebody who wants to know how it went.
//!
//! A call's writes are found where calls begin and end: there the pages that the running call may write are compared with
//! their bytes of the last time. So each write stands between two calls, in the order in which things happened.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::machine::{Ended, How, Outgoing};
use crate::paging::{Access, PageTable, Pager, Region};
use crate::receipt::{Call, CallTrace, Detail, Status, StorageWrite, Trace, Value};
use crate::store::{Snapshot, StoreError};
use crate::units::{Address, Gas, PAGE_SIZE, PageBytes, PageIndex};

/// The calls of a transaction so far.
#[derive(Debug)]
pub(super) struct Tracer {
    calls: Vec<CallTrace>,
    running: Vec<Running>,
    /// The bytes of pages when a call last began or ended, where they are not the committed ones; if somebody wants to know.
    bytes: Option<HashMap<(Address, PageIndex), Box<PageBytes>>>,
    /// The pages that the call which ended last has read, and those that it wrote.
    touched: [Vec<PageIndex>; 2],
    /// How often each host function was called, if somebody wants to know.
    host_calls: Option<BTreeMap<String, u64>>,
}

/// A call that has not ended.
#[derive(Debug)]
struct Running {
    /// Its place among the calls.
    at: usize,
    /// The calls that it has made.
    calls: u32,
}

impl Tracer {
    /// A tracer of a transaction that is about to begin, if somebody wants to know.
    pub(super) fn new(detail: Option<Detail>) -> Option<Box<Self>> {
        let detail = detail.filter(|detail| *detail != Detail::Times)?;
        let bytes = (detail == Detail::Writes).then(HashMap::new);
        let host_calls = (detail == Detail::Counts).then(BTreeMap::new);
        let (calls, running, touched) = Default::default();
        Some(Box::new(Self { calls, running, bytes, touched, host_calls }))
    }

    /// Its part of what is told: all calls, each before those inside it, and how often host functions were called.
    pub(super) fn into_trace(self) -> Trace {
        Trace { calls: self.calls, host_calls: self.host_calls.unwrap_or_default(), ..Trace::default() }
    }

    /// Whether calls of host functions are counted.
    pub(super) fn counts(&self) -> bool {
        self.host_calls.is_some()
    }

    /// A host function is called.
    pub(super) fn count_host_call(&mut self, name: &str) {
        let Some(counts) = &mut self.host_calls else { return };
        match counts.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(counts.insert(name.to_owned(), 1)),
        }
    }

    /// A call is about to be made.
    pub(super) fn begin(&mut self, call: CallTrace) {
        if let Some(caller) = self.running.last_mut() {
            caller.calls += 1;
        }
        self.running.push(Running { at: self.calls.len(), calls: 0 });
        self.calls.push(call);
    }

    /// The running call can begin: its arguments were taken off its input, of which this is left.
    pub(super) fn note_arguments(&mut self, arguments: &[Value], input: &[u8]) {
        let Some(running) = self.running.last().filter(|_| !arguments.is_empty()) else { return };
        let call = &mut self.calls[running.at];
        call.arguments = arguments.to_vec();
        call.input = input.to_vec();
    }

    /// The running call waits or has ended: notes what it has written since the last time.
    pub(super) fn note_writes(
        &mut self,
        table: &PageTable,
        (contract, region): (Address, &Region),
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

    /// The running call has ended: notes what it touched.
    pub(super) fn note_pages(&mut self, table: &PageTable, input_read: u32) {
        self.touched = [Access::Read, Access::Write].map(|access| table.pages(access));
        if let Some(running) = self.running.last() {
            self.calls[running.at].input_read = input_read;
        }
    }

    /// A call was undone: pages hold what they held before.
    pub(super) fn note_undo<'a>(&mut self, contracts: impl Iterator<Item = (Address, &'a Region)>) {
        let Some(bytes) = &mut self.bytes else { return };
        for (contract, region) in contracts {
            for ((_, page), bytes) in bytes.iter_mut().filter(|((address, _), _)| *address == contract) {
                **bytes = *region.page(*page);
            }
        }
    }

    /// The running call has ended so.
    pub(super) fn end(&mut self, gas: Gas, ended: &Ended, pager: &dyn Pager) {
        let Some(running) = self.running.pop() else { return };
        let call = &mut self.calls[running.at];
        call.gas_used = Gas(gas.0 - ended.gas_left.0);
        call.output.clone_from(&ended.output);
        call.status = match &ended.how {
            How::Returned(_) => Status::Returned,
            How::Reverted => Status::Reverted,
            How::Halted(halt) => Status::Halted(halt.clone()),
        };
        let [read, written] = std::mem::take(&mut self.touched);
        call.pages_read = pager.knows(Access::Read).then_some(read);
        call.pages_written = pager.knows(Access::Write).then_some(written);
    }
}

/// The aligned words of eight bytes that differ, those next to each other as one range.
fn words_between(before: &PageBytes, now: &PageBytes) -> Vec<Range<usize>> {
    const WORD: usize = 8;
    let mut ranges: Vec<Range<usize>> = Vec::new();
    // Most pages differ in little: equal stretches pass in wide steps.
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

/// What is told of the call that a transaction begins with, before it has begun.
pub(super) fn first(call: &Call) -> CallTrace {
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
        ..nothing()
    }
}

/// What is told of a call inside another one, before it has begun.
pub(super) fn nested(depth: u32, caller: Address, outgoing: &Outgoing<'_>) -> CallTrace {
    let Outgoing { request, read_only, gas: gas_given, .. } = *outgoing;
    CallTrace {
        depth,
        caller,
        contract: request.contract,
        function: request.function.clone(),
        read_only,
        value: request.value,
        input: request.input.clone(),
        gas_given,
        ..nothing()
    }
}

/// A call of which nothing is known.
fn nothing() -> CallTrace {
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
