//! What running code can ask of its transaction.

use std::fmt;
use std::ops::{Deref, DerefMut, Range};

use super::stop::Stop;
use crate::paging::{Access, PageTable, Watch};
use crate::receipt::{Event, Halt, Value};
use crate::units::{Address, Gas, PageBytes, PageCount, PageIndex};

/// Everything that running code can ask of the transaction that it runs in, and what it has to tell it.
pub(crate) trait Environment: fmt::Debug + Send + 'static {
    /// The contract whose call runs.
    fn address(&self) -> Address;

    /// Pages that its storage can have.
    fn page_limit(&self) -> PageCount;

    /// Who sent the transaction.
    fn origin(&self) -> Address;

    /// Given with the transaction.
    fn block_number(&self) -> u64;

    /// Given with the transaction.
    fn timestamp(&self) -> u64;

    /// Makes pages, all below the limit, ready to be touched by the call of a page table.
    fn touch(&mut self, table: &mut PageTable, pages: Range<u32>, access: Access) -> Result<(), Stop>;

    /// A page to be read by the host on behalf of the call of a page table. The page is below the limit.
    fn page(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&PageBytes, Stop>;

    /// A page to be written by the host on behalf of the call of a page table. The page is below the limit.
    fn page_mut(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&mut PageBytes, Stop>;

    /// An account's balance as the transaction sees it; 0 when nothing was ever recorded there.
    fn balance(&mut self, address: &Address) -> Result<u64, Stop>;

    /// Adds an event.
    fn emit(&mut self, event: Event) -> Result<(), Stop>;

    /// Keeps a text for the receipt.
    fn log(&mut self, text: &[u8]) -> Result<(), Stop>;

    /// Runs a call inside the running one. An error ends the running call, too.
    fn call(held: &mut Held<Self>, outgoing: &Outgoing<'_>) -> Result<Ended, Stop>
    where
        Self: Sized;

    /// Ends the whole transaction: what the store or the host refuses must not become a status that a caller goes on with.
    fn fail(&mut self, halt: Halt) -> Stop;

    /// Has faults in the running contract's storage served, if its pager takes any, as long as the value lives.
    fn watch(&self) -> Option<Watch>;

    /// The running call is about to wait for another.
    fn waits(&mut self, table: &PageTable) -> Result<(), Stop>;

    /// The running call has ended, and has asked for so many bytes of its input. Its page table is cleared.
    fn ended(&mut self, table: &mut PageTable, input_read: u32);

    /// A host function is called, if calls are counted.
    fn count_host_call(&mut self, name: &str);
}

/// An environment that is at hand, but for as long as it is lent to a machine.
#[derive(Debug)]
pub(crate) struct Held<E>(Option<Box<E>>);

impl<E> Held<E> {
    pub(crate) fn new(environment: Box<E>) -> Self {
        Self(Some(environment))
    }

    pub(crate) fn into_inner(self) -> Box<E> {
        self.0.expect(LENT)
    }

    /// No environment: that of a machine that runs no call.
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn as_mut(&mut self) -> Option<&mut E> {
        self.0.as_deref_mut()
    }

    pub(super) fn take(&mut self) -> Self {
        Self(self.0.take())
    }
}

const LENT: &str = "a loan borrows the holder for as long as it lasts, and gives the environment back when it ends";

impl<E> Deref for Held<E> {
    type Target = E;

    fn deref(&self) -> &E {
        self.0.as_deref().expect(LENT)
    }
}

impl<E> DerefMut for Held<E> {
    fn deref_mut(&mut self) -> &mut E {
        self.0.as_deref_mut().expect(LENT)
    }
}

/// A call that a contract asks for.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) contract: Address,
    pub(crate) function: String,
    pub(crate) input: Vec<u8>,
    pub(crate) value: u64,
    /// 0 for as much as can be given.
    pub(crate) gas: Gas,
    pub(crate) read_only: bool,
}

/// A call that a contract is about to make.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) request: &'a Request,
    /// Whether it may only read, by its own will or its caller's.
    pub(crate) read_only: bool,
    pub(crate) gas: Gas,
    /// Units of call depth that are left.
    pub(crate) depth: u32,
}

/// How a call ended, and what it cost.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) how: How,
    pub(crate) output: Vec<u8>,
    pub(crate) gas_left: Gas,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) enum How {
    /// With these results.
    Returned(Vec<Value>),
    Reverted,
    Halted(Halt),
}

impl Ended {
    /// A call that halted has used all that it was given.
    pub(crate) fn halted(halt: Halt) -> Self {
        Self { how: How::Halted(halt), output: Vec::new(), gas_left: Gas(0) }
    }
}
