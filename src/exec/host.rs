//! What host functions find in the wasmtime store of the instance that calls them.

use wasmtime::{Global, ResourceLimiter};

use super::outcome::Stop;
use super::own_memory::OwnMemory;
use super::receipt::{Halt, HaltKind};
use super::transaction::Transaction;
use super::windows::Window;
use crate::paging::{Access, PageTable};
use crate::units::{Address, PAGE_SIZE};
use crate::vmcalls::Registers;

/// Bytes of the widest load or store, of a vector.
const WIDEST_ACCESS: u64 = 16;

/// The data of an instance's store: the transaction while it runs here, and the call.
#[derive(Debug)]
pub(crate) struct Host {
    pub(super) transaction: Option<Box<Transaction>>,
    pub(crate) frame: CallFrame,
    /// The units of call depth that are left to the instance's code, if it counts them.
    pub(super) depth: Option<Global>,
}

/// One call.
#[derive(Debug)]
pub(crate) struct CallFrame {
    /// What the call may do with each page.
    pub(crate) table: PageTable,
    /// Its registers.
    pub(crate) registers: Registers,
    /// The contract's own memory.
    pub(crate) memory: OwnMemory,
    /// Gas for copied bytes that was not yet taken.
    pub(super) owed: u64,
    /// Where the last byte of input ends that it asked for.
    pub(crate) input_read: u32,
    /// Input of the call.
    pub(crate) input: Vec<u8>,
    /// What `return` or `revert` gave.
    pub(crate) output: Vec<u8>,
    /// Ranges of storage in own memory.
    pub(super) windows: Vec<Window>,
    /// What the last call that it made gave back.
    pub(crate) returned: Vec<u8>,
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
            memory: OwnMemory::default(),
            owed: 0,
            input_read: 0,
            input: Vec::new(),
            output: Vec::new(),
            windows: Vec::new(),
            returned: Vec::new(),
            caller: Address::ZERO,
            value: 0,
        }
    }
}

impl Host {
    /// A host for an instance whose calls have this page table.
    pub(super) fn new(table: PageTable) -> Self {
        Self { transaction: None, frame: CallFrame::new(table), depth: None }
    }

    /// The transaction that runs here, and the call.
    #[inline]
    pub(crate) fn parts(&mut self) -> Result<(&mut Transaction, &mut CallFrame), Stop> {
        let transaction = self.transaction.as_deref_mut().ok_or_else(no_transaction)?;
        Ok((transaction, &mut self.frame))
    }

    /// A fault of compiled code: makes the bytes from `start` on ready. A range that is not within the memory is left
    /// alone: there the access itself traps.
    ///
    /// But for a store that begins within it: some processors write what they can before they trap, and the undo must
    /// know of it.
    #[inline]
    pub(crate) fn fault(&mut self, start: u64, length: u64, access: Access) -> Result<(), Stop> {
        let (transaction, frame) = self.parts()?;
        let size = transaction.here.region.limit().bytes();
        let Some(mut end) = start.checked_add(length) else { return Ok(()) };
        if end > size {
            if access == Access::Read || length > WIDEST_ACCESS || frame.table.is_read_only() {
                return Ok(());
            }
            end = size;
        }
        if start >= end {
            return Ok(());
        }
        let first = (start / PAGE_SIZE as u64) as u32;
        let last = ((end - 1) / PAGE_SIZE as u64) as u32;
        transaction.touch(&mut frame.table, first..last + 1, access)
    }
}

/// Contracts have no start function, so no code of theirs runs outside a transaction.
#[cold]
pub(super) fn no_transaction() -> Stop {
    Stop::halt(HaltKind::Limit, "a host function was called outside a transaction")
}

/// `memory.grow` fails by the fixed limits only: when the host has no memory to give, the call cannot go on.
impl ResourceLimiter for Host {
    fn memory_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        if error.downcast_ref::<std::io::Error>().is_some() {
            let halt = Halt { kind: HaltKind::Limit, message: format!("the host refused memory: {error:#}") };
            return Err(match &mut self.transaction {
                Some(transaction) => transaction.fail(halt).into(),
                None => Stop::Halt(Box::new(halt)).into(),
            });
        }
        Ok(())
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}
