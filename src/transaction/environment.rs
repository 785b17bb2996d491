//! A transaction as the environment of its running code.

use std::ops::Range;

use super::nested;
use super::state::Transaction;
use crate::machine::{CallResult, Environment, EnvironmentSlot, OutgoingCall, Stop};
use crate::paging::{Access, OwnMemory, PageTable, Watch};
use crate::receipt::{Event, Halt};
use crate::units::{Address, Gas, PAGE_SIZE, PageBytes, PageCount, PageIndex};

impl Environment for Transaction {
    #[inline]
    fn address(&self) -> Address {
        self.current.address
    }

    #[inline]
    fn page_limit(&self) -> PageCount {
        self.current.region.limit()
    }

    fn origin(&self) -> Address {
        self.origin
    }

    fn block_number(&self) -> u64 {
        self.block_number
    }

    fn timestamp(&self) -> u64 {
        self.timestamp
    }

    #[inline]
    fn touch(&mut self, table: &mut PageTable, pages: Range<u32>, access: Access) -> Result<(), Stop> {
        self.touch_pages(table, pages, access)
    }

    #[inline]
    fn page(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&PageBytes, Stop> {
        self.page_to_read(table, page)
    }

    #[inline]
    fn page_mut(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&mut PageBytes, Stop> {
        self.page_to_write(table, page)
    }

    fn bytes(&mut self, table: &mut PageTable, range: Range<usize>) -> Result<&[u8], Stop> {
        self.touch_pages(table, pages_of(&range), Access::Read)?;
        Ok(self.current.region.bytes(range))
    }

    fn bytes_mut(&mut self, table: &mut PageTable, range: Range<usize>) -> Result<&mut [u8], Stop> {
        self.touch_pages(table, pages_of(&range), Access::Write)?;
        Ok(self.current.region.bytes_mut(range))
    }

    fn own_memory(&mut self) -> &mut Option<OwnMemory> {
        self.current.region.own_memory()
    }

    fn balance(&mut self, address: &Address) -> Result<u64, Stop> {
        self.balance_of(address)
    }

    fn emit(&mut self, event: Event) -> Result<(), Stop> {
        self.add_event(event)
    }

    fn log(&mut self, text: &[u8]) -> Result<(), Stop> {
        self.add_log(text)
    }

    fn visit_price(&mut self, contract: &Address, read_only: bool) -> Result<Gas, Stop> {
        self.price_of_visit(contract, read_only).map_err(|error| nested::give_up(self, error))
    }

    fn call(slot: &mut EnvironmentSlot<Self>, outgoing: &OutgoingCall<'_>) -> Result<CallResult, Stop> {
        nested::call(slot, outgoing)
    }

    fn fail(&mut self, halt: Halt) -> Stop {
        self.abort(halt)
    }

    fn watch(&self) -> Option<Watch> {
        self.current.region.watch(&self.snapshot, self.current.address)
    }

    fn pause_call(&mut self, table: &PageTable) -> Result<(), Stop> {
        self.trace_writes(table)
    }

    fn resume_call(&mut self, table: &mut PageTable) {
        self.renew_table(table);
    }

    fn take_memory(&mut self, what: &str, bytes: usize) -> Result<(), Stop> {
        Ok(Self::take_memory(self, what, bytes)?)
    }

    fn end_call(&mut self, table: &mut PageTable, input_read: u32) {
        // A failure of the store is recorded in the transaction, and aborts it.
        let _ = self.trace_writes(table);
        if let Some(tracer) = &mut self.tracer {
            tracer.set_touched(table, input_read);
        }
        self.current.add_touched(table);
    }

    fn count_host_call(&mut self, name: &str) {
        if let Some(tracer) = &mut self.tracer {
            tracer.count_host_call(name);
        }
    }
}

/// Returns the pages of a range of storage.
fn pages_of(range: &Range<usize>) -> Range<u32> {
    let end = if range.is_empty() { range.start / PAGE_SIZE } else { range.end.div_ceil(PAGE_SIZE) };
    (range.start / PAGE_SIZE) as u32..end as u32
}
