//! What host functions find in the wasmtime store of the instance that calls them.

use wasmtime::{Memory, ResourceLimiter};

use super::outcome::Stop;
use super::receipt::HaltKind;
use super::transaction::Transaction;
use crate::paging::{Access, PageTable};
use crate::units::{Address, PAGE_SIZE, PageBytes, PageIndex};
use crate::vmcalls::Registers;

/// The data of an instance's store: the transaction while it runs here, and the call.
#[derive(Debug)]
pub(crate) struct Host {
    pub(super) transaction: Option<Box<Transaction>>,
    pub(crate) frame: CallFrame,
}

/// One call.
#[derive(Debug)]
pub(crate) struct CallFrame {
    /// What the call may do with each page.
    pub(crate) table: PageTable,
    /// Its registers.
    pub(crate) registers: Registers,
    /// The contract's own memory, when it is exported as `memory`.
    pub(crate) memory: Option<Memory>,
    /// The bytes of the own memory that host functions may have written: from, to.
    pub(super) host_written: (usize, usize),
    /// Input of the call.
    pub(crate) input: Vec<u8>,
    /// What `return` or `revert` gave.
    pub(crate) output: Vec<u8>,
    /// Who called.
    pub(crate) caller: Address,
    /// What came with the call.
    pub(crate) value: u64,
}

impl CallFrame {
    /// A frame for calls with this page table.
    pub(super) fn new(table: PageTable) -> Self {
        Self {
            table,
            registers: Registers::default(),
            memory: None,
            host_written: (usize::MAX, 0),
            input: Vec::new(),
            output: Vec::new(),
            caller: Address::ZERO,
            value: 0,
        }
    }

    /// Notes that a host function writes these bytes of the own memory, so that they are put back later.
    #[inline]
    pub(crate) fn note_host_write(&mut self, start: usize, length: usize) {
        self.host_written.0 = self.host_written.0.min(start);
        self.host_written.1 = self.host_written.1.max(start + length);
    }
}

impl Host {
    /// A host for an instance whose calls have this page table.
    pub(super) fn new(table: PageTable) -> Self {
        Self { transaction: None, frame: CallFrame::new(table) }
    }

    /// The transaction that runs here.
    #[inline]
    pub(crate) fn transaction(&mut self) -> Result<&mut Transaction, Stop> {
        self.transaction.as_deref_mut().ok_or_else(no_transaction)
    }

    /// A page to be read by the host on behalf of the call.
    #[inline]
    pub(crate) fn page(&mut self, page: PageIndex) -> Result<&PageBytes, Stop> {
        let transaction = self.transaction.as_deref_mut().ok_or_else(no_transaction)?;
        if !self.frame.table.allows(page, Access::Read) {
            transaction.touch(&mut self.frame.table, page.0..page.0 + 1, Access::Read)?;
        }
        Ok(transaction.region.page(page))
    }

    /// A page to be written by the host on behalf of the call.
    #[inline]
    pub(crate) fn page_mut(&mut self, page: PageIndex) -> Result<&mut PageBytes, Stop> {
        let transaction = self.transaction.as_deref_mut().ok_or_else(no_transaction)?;
        if !self.frame.table.allows(page, Access::Write) {
            transaction.touch(&mut self.frame.table, page.0..page.0 + 1, Access::Write)?;
        }
        Ok(transaction.region.page_mut(page))
    }

    /// A fault of compiled code: makes the bytes from `start` on ready. Does nothing for a range that is not within
    /// the memory: there the access itself traps.
    #[inline]
    pub(crate) fn fault(&mut self, start: u64, length: u64, access: Access) -> Result<(), Stop> {
        let transaction = self.transaction.as_deref_mut().ok_or_else(no_transaction)?;
        let Some(end) = start.checked_add(length) else { return Ok(()) };
        if length == 0 || end > transaction.region.limit().bytes() {
            return Ok(());
        }
        let first = (start / PAGE_SIZE as u64) as u32;
        let last = ((end - 1) / PAGE_SIZE as u64) as u32;
        transaction.touch(&mut self.frame.table, first..last + 1, access)
    }
}

/// Contracts have no start function, so no code of theirs runs outside a transaction.
#[cold]
fn no_transaction() -> Stop {
    Stop::halt(HaltKind::Limit, "a host function was called outside a transaction")
}

/// `memory.grow` fails by the fixed limits only: when the host has no memory to give, the call cannot go on.
impl ResourceLimiter for Host {
    fn memory_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        if error.downcast_ref::<std::io::Error>().is_some() {
            return Err(Stop::halt(HaltKind::Limit, format!("the host refused memory: {error:#}")).into());
        }
        Ok(())
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}
