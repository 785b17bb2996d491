//! The interface from running code to its transaction.

use std::fmt;
use std::ops::{Deref, DerefMut, Range};

use super::stop::Stop;
use crate::paging::{Access, OwnMemory, PageTable, Watch};
use crate::receipt::{Event, Halt, Value};
use crate::units::{Address, Gas, PageBytes, PageCount, PageIndex};

/// Everything that running code can ask of its transaction, and the events of a call that the transaction must know.
pub(crate) trait Environment: fmt::Debug + Send + 'static {
    /// The address of the current contract: the one whose call runs.
    fn address(&self) -> Address;

    /// The page limit of the current contract.
    fn page_limit(&self) -> PageCount;

    /// The sender of the transaction.
    fn origin(&self) -> Address;

    /// The block number, as given with the transaction.
    fn block_number(&self) -> u64;

    /// The timestamp, as given with the transaction.
    fn timestamp(&self) -> u64;

    /// Makes pages present for the call of a page table, and allows it the access. All pages are below the page limit.
    fn touch(&mut self, table: &mut PageTable, pages: Range<u32>, access: Access) -> Result<(), Stop>;

    /// Returns a page for a host function to read on behalf of the call. The page is below the page limit.
    fn page(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&PageBytes, Stop>;

    /// Returns a page for a host function to write on behalf of the call. The page is below the page limit.
    fn page_mut(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&mut PageBytes, Stop>;

    /// Returns bytes of storage for a host function to read on behalf of the call. The range is below the page limit.
    fn bytes(&mut self, table: &mut PageTable, range: Range<usize>) -> Result<&[u8], Stop>;

    /// Returns bytes of storage for a host function to write on behalf of the call. The range is below the page limit.
    fn bytes_mut(&mut self, table: &mut PageTable, range: Range<usize>) -> Result<&mut [u8], Stop>;

    /// Returns the place of the own memory in front of the current contract's storage: empty while it is lent to a call, or if storage
    /// lies apart.
    fn own_memory(&mut self) -> &mut Option<OwnMemory>;

    /// The balance at an address, including the changes of the transaction; 0 if there is no account.
    fn balance(&mut self, address: &Address) -> Result<u64, Stop>;

    /// Emits an event.
    fn emit(&mut self, event: Event) -> Result<(), Stop>;

    /// Adds a log text to the receipt.
    fn log(&mut self, text: &[u8]) -> Result<(), Stop>;

    /// The price of the visit that a call of a contract begins: 0 if the transaction has visited the contract, or there is none.
    fn visit_price(&mut self, contract: &Address, read_only: bool) -> Result<Gas, Stop>;

    /// Runs a nested call. An error ends the calling call, too.
    fn call(slot: &mut EnvironmentSlot<Self>, outgoing: &OutgoingCall<'_>) -> Result<CallResult, Stop>
    where
        Self: Sized;

    /// Aborts the whole transaction. A failure of the store or the host must not become a status on which a caller continues.
    fn fail(&mut self, halt: Halt) -> Stop;

    /// Starts serving hardware faults in the current contract's storage, until the returned value is dropped. `None` if the
    /// pager uses no hardware faults.
    fn watch(&self) -> Option<Watch>;

    /// Called before a nested call, with the page table of the caller.
    fn pause_call(&mut self, table: &PageTable) -> Result<(), Stop>;

    /// Called after a nested call, with the page table of the caller. May clear it.
    fn resume_call(&mut self, table: &mut PageTable);

    /// Counts bytes of memory that the running call takes. Halts it if it may not take so much.
    fn take_memory(&mut self, what: &str, bytes: usize) -> Result<(), Stop>;

    /// Called after a call, which has read the first `input_read` bytes of its input. Clears its page table.
    fn end_call(&mut self, table: &mut PageTable, input_read: u32);

    /// Counts a host call, if host calls are counted.
    fn count_host_call(&mut self, name: &str);
}

/// The place of an environment: empty while the environment is lent to a machine.
#[derive(Debug)]
pub(crate) struct EnvironmentSlot<E>(Option<Box<E>>);

impl<E> EnvironmentSlot<E> {
    pub(crate) fn new(environment: Box<E>) -> Self {
        Self(Some(environment))
    }

    pub(crate) fn into_inner(self) -> Box<E> {
        self.0.expect(LENT)
    }

    /// The slot of a machine that runs no call.
    pub(super) fn empty() -> Self {
        Self(None)
    }

    pub(super) fn as_mut(&mut self) -> Option<&mut E> {
        self.0.as_deref_mut()
    }

    pub(super) fn take(&mut self) -> Self {
        Self(self.0.take())
    }
}

const LENT: &str = "a loan borrows the slot until it has returned the environment";

impl<E> Deref for EnvironmentSlot<E> {
    type Target = E;

    fn deref(&self) -> &E {
        self.0.as_deref().expect(LENT)
    }
}

impl<E> DerefMut for EnvironmentSlot<E> {
    fn deref_mut(&mut self) -> &mut E {
        self.0.as_deref_mut().expect(LENT)
    }
}

/// The nested call that a contract requests.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) contract: Address,
    pub(crate) function: String,
    pub(crate) input: Vec<u8>,
    pub(crate) value: u64,
    /// The gas for the callee; 0 requests as much as the caller can give.
    pub(crate) gas: Gas,
    pub(crate) read_only: bool,
}

/// A nested call as its caller makes it.
#[derive(Debug)]
pub(crate) struct OutgoingCall<'a> {
    pub(crate) request: &'a Request,
    /// True for a static call: one requested as static, or made in a static call.
    pub(crate) read_only: bool,
    pub(crate) gas: Gas,
    /// The call depth that the caller has left.
    pub(crate) depth: u32,
}

/// The result of a call: how it ended, its output and its remaining gas.
#[derive(Debug)]
pub(crate) struct CallResult {
    pub(crate) end: CallEnd,
    pub(crate) output: Vec<u8>,
    pub(crate) gas_left: Gas,
}

/// The end of a call.
#[derive(Debug)]
pub(crate) enum CallEnd {
    /// Returned, with these results.
    Returned(Vec<Value>),
    Reverted,
    Halted(Halt),
}

impl CallResult {
    /// A halted call: it has used all its gas.
    pub(crate) fn halted(halt: Halt) -> Self {
        Self { end: CallEnd::Halted(halt), output: Vec::new(), gas_left: Gas(0) }
    }
}
