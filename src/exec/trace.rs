//! What a transaction did beside what it came to.

use std::collections::BTreeMap;

use super::call::Call;
use super::nested::Request;
use super::receipt::Status;
use super::split::Split;
use super::visited::Visited;
use crate::paging::{FrameStatistics, PagerKind};
use crate::store::StoreStatistics;
use crate::units::{Address, Gas, PageIndex};

/// How a transaction went. Unlike its receipt this depends on the pager, on what was kept from calls before, and on the
/// host; it is not recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Trace {
    /// Its calls, each before those inside it; empty if nobody asked for them.
    pub calls: Vec<CallTrace>,
    /// What presenting each contract's pages took, in order of first touch.
    pub frames: Vec<ContractFrames>,
    /// What being able to undo its nested calls took, and undoing those that failed.
    pub undo: UndoStatistics,
    /// How often each host function was called, by its module and name; empty if nobody asked for counts.
    pub host_calls: BTreeMap<String, u64>,
    /// What was hashed and written, if somebody asked for counts.
    pub store: Option<StoreStatistics>,
    /// Where the time went, if somebody asked.
    pub split: Option<Split>,
}

/// What the checkpoints of nested calls took in one transaction. All are counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UndoStatistics {
    /// Pages whose bytes were copied, so that a call could be undone. Pages with committed bytes need no copy.
    pub pages_copied: u64,
    /// Pages that were put back because a call failed.
    pub pages_put_back: u64,
}

/// What presenting one contract's pages took.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContractFrames {
    /// The contract.
    pub contract: Address,
    /// The pager that presented its pages.
    pub pager: PagerKind,
    /// What it did.
    pub statistics: FrameStatistics,
    /// The pages that were compared with their committed bytes at the end, in ascending order, if somebody asked for the
    /// trace and the transaction returned.
    pub pages_compared: Option<Vec<PageIndex>>,
}

/// One call of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallTrace {
    /// Calls that it is inside of.
    pub depth: u32,
    /// Who called.
    pub caller: Address,
    /// Whose export.
    pub contract: Address,
    /// Which export.
    pub function: String,
    /// Whether it may only read.
    pub read_only: bool,
    /// Money that came with it.
    pub value: u64,
    /// Its input.
    pub input: Vec<u8>,
    /// Where the last byte of input ends that it asked for, whether there was one or not.
    pub input_read: u32,
    /// Gas that it was given.
    pub gas_given: Gas,
    /// Gas that it used, calls inside it included.
    pub gas_used: Gas,
    /// Pages that the call read, in the order of its first touch; nothing under a pager that cannot know.
    pub pages_read: Option<Vec<PageIndex>>,
    /// Pages that the call wrote, in the order of its first touch; nothing under a pager that cannot know.
    pub pages_written: Option<Vec<PageIndex>>,
    /// What it wrote to its contract's storage, in the order in which it happened; those of a call that failed, or is
    /// inside of one that did, were undone. Empty under a pager that cannot know, and if nobody asked for them.
    pub writes: Vec<StorageWrite>,
    /// What it gave back.
    pub output: Vec<u8>,
    /// How it ended.
    pub status: Status,
}

/// Words of eight bytes of a page that a call changed between two calls that it made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StorageWrite {
    /// The calls that the call had made before.
    pub calls_before: u32,
    /// Which page.
    pub page: PageIndex,
    /// Where in the page.
    pub offset: u16,
    /// The bytes before.
    pub before: Vec<u8>,
    /// As many bytes after.
    pub after: Vec<u8>,
}

impl CallTrace {
    /// The call that a transaction begins with.
    pub(super) fn first(call: &Call) -> Self {
        Self {
            depth: 0,
            caller: call.sender,
            contract: call.contract,
            function: call.function.clone(),
            read_only: false,
            value: call.value,
            input: call.input.clone(),
            gas_given: call.gas,
            ..Self::nothing()
        }
    }

    /// A call inside another one.
    pub(super) fn nested(depth: u32, caller: Address, request: &Request, read_only: bool, gas_given: Gas) -> Self {
        Self {
            depth,
            caller,
            contract: request.contract,
            function: request.function.clone(),
            read_only,
            value: request.value,
            input: request.input.clone(),
            gas_given,
            ..Self::nothing()
        }
    }

    /// A call of which nothing is known.
    fn nothing() -> Self {
        Self {
            depth: 0,
            caller: Address::ZERO,
            contract: Address::ZERO,
            function: String::new(),
            read_only: false,
            value: 0,
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
}

impl ContractFrames {
    /// What was done for a contract since it was last asked.
    pub(super) fn of(pager: PagerKind, visited: &mut Visited) -> Self {
        let (contract, statistics) = (visited.address, visited.region.take_statistics());
        Self { contract, pager, statistics, pages_compared: visited.compared.take() }
    }
}
