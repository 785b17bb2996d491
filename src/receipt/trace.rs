//! What a transaction did beside what it came to.

use std::collections::BTreeMap;

use super::phases::Split;
use super::status::Status;
use super::value::Value;
use crate::paging::{FrameStatistics, PagerKind};
use crate::store::StoreStatistics;
#[cfg(feature = "serde")]
use crate::units::serial;
use crate::units::{Address, Gas, PageIndex};

/// How much is told of how a transaction went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// Which calls there were: [`Trace::calls`].
    Calls,
    /// What each call wrote, too: [`CallTrace::writes`].
    Writes,
    /// Which calls there were, and how much was called, hashed and written: [`Trace::host_calls`], [`Trace::store`]. The
    /// contracts run in instances of their own, so that other calls pay nothing for the counting.
    Counts,
    /// Where the time went: [`Trace::split`].
    Times,
}

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
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ContractFrames {
    /// The contract.
    pub contract: Address,
    /// The pager that presented its pages.
    #[cfg_attr(feature = "serde", serde(with = "serial::name"))]
    pub pager: PagerKind,
    /// Pages that the contract's calls read; nothing under a pager that cannot know.
    pub pages_read: Option<u32>,
    /// Pages that the contract's calls wrote, changed or not; nothing under a pager that cannot know.
    pub pages_written: Option<u32>,
    /// What it did.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub statistics: FrameStatistics,
    /// The pages that were compared with their committed bytes at the end, in ascending order, if somebody asked for the
    /// trace and the transaction returned.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub pages_compared: Option<Vec<PageIndex>>,
}

/// One call of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CallTrace {
    /// Calls that it is inside of.
    pub depth: u32,
    /// Who called.
    pub caller: Address,
    /// Whose export.
    #[cfg_attr(feature = "serde", serde(rename = "callee"))]
    pub contract: Address,
    /// Which export.
    pub function: String,
    /// Whether it may only read.
    #[cfg_attr(feature = "serde", serde(rename = "static"))]
    pub read_only: bool,
    /// Money that came with it.
    #[cfg_attr(feature = "serde", serde(with = "serial::decimal"))]
    pub value: u64,
    /// Its arguments; of a call that never began none.
    #[cfg_attr(feature = "serde", serde(rename = "args"))]
    pub arguments: Vec<Value>,
    /// Its input without the arguments; of a call that never began all of it.
    #[cfg_attr(feature = "serde", serde(with = "serial::hex"))]
    pub input: Vec<u8>,
    /// Where the last byte of input ends that it asked for, whether there was one or not.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub input_read: u32,
    /// What it gave back.
    #[cfg_attr(feature = "serde", serde(with = "serial::hex"))]
    pub output: Vec<u8>,
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
    /// How it ended.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub status: Status,
}

/// Words of eight bytes of a page that a call changed between two calls that it made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct StorageWrite {
    /// The calls that the call had made before.
    pub calls_before: u32,
    /// Which page.
    pub page: PageIndex,
    /// Where in the page.
    pub offset: u16,
    /// The bytes before.
    #[cfg_attr(feature = "serde", serde(with = "serial::hex"))]
    pub before: Vec<u8>,
    /// As many bytes after.
    #[cfg_attr(feature = "serde", serde(with = "serial::hex"))]
    pub after: Vec<u8>,
}
