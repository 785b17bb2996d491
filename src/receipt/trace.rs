//! The trace of a transaction: how it went, beside its receipt.

use std::collections::BTreeMap;

use super::phases::Split;
use super::status::Status;
use super::value::Value;
use crate::paging::{FrameStatistics, PagerKind};
use crate::store::StoreStatistics;
#[cfg(feature = "serde")]
use crate::units::serial;
use crate::units::{Address, Gas, PageIndex};

/// The parts of a trace that are requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// The calls: [`Trace::calls`].
    Calls,
    /// The calls and their writes: [`CallTrace::writes`].
    Writes,
    /// The calls, and counts of host calls and of the store's work: [`Trace::host_calls`], [`Trace::store`]. The contracts run
    /// in separate instances, so that other transactions do not pay for the counting.
    Counts,
    /// The time of each phase: [`Trace::split`].
    Times,
}

/// How a transaction went. Unlike the receipt, it depends on the pager, on the kept frames and on the host. It is not recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Trace {
    /// The calls, each before the calls nested in it; empty unless requested.
    pub calls: Vec<CallTrace>,
    /// The work of the pager for each contract, in order of the first call.
    pub frames: Vec<ContractFrames>,
    /// The work of the journal: pre-images for nested calls, and undo of those that failed.
    pub undo: UndoStatistics,
    /// The number of calls of each host function, by module and name; empty unless counts are requested.
    pub host_calls: BTreeMap<String, u64>,
    /// The hashing and writing of the store, if counts are requested.
    pub store: Option<StoreStatistics>,
    /// The time of each phase, if times are requested.
    pub split: Option<Split>,
}

/// Counts of the work for checkpoints of nested calls in one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UndoStatistics {
    /// Pre-images that were copied so that a nested call can be undone. Clean pages need no copy.
    pub pages_copied: u64,
    /// Pages that were undone because a call failed.
    pub pages_restore_aside: u64,
}

/// The work of the pager for one contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ContractFrames {
    /// The address of the contract.
    pub contract: Address,
    /// The pager of the transaction.
    #[cfg_attr(feature = "serde", serde(with = "serial::name"))]
    pub pager: PagerKind,
    /// Number of pages that the contract's calls read; `None` under a pager that does not track reads.
    pub pages_read: Option<u32>,
    /// Number of pages that the contract's calls wrote, changed or not; `None` under a pager that does not track writes.
    pub pages_written: Option<u32>,
    /// Counts of the pager's work.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub statistics: FrameStatistics,
    /// The pages that were compared with their committed bytes at the end, in ascending order; `None` if the transaction did not
    /// return or the trace is not requested.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub pages_compared: Option<Vec<PageIndex>>,
}

/// One call of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CallTrace {
    /// The number of calls around this one; 0 for the top-level call.
    pub depth: u32,
    /// The caller.
    pub caller: Address,
    /// The callee.
    #[cfg_attr(feature = "serde", serde(rename = "callee"))]
    pub contract: Address,
    /// The name of the export.
    pub function: String,
    /// True for a static call.
    #[cfg_attr(feature = "serde", serde(rename = "static"))]
    pub read_only: bool,
    /// The value that was transferred with the call.
    #[cfg_attr(feature = "serde", serde(with = "serial::decimal"))]
    pub value: u64,
    /// The arguments; empty if the call never began.
    #[cfg_attr(feature = "serde", serde(rename = "args"))]
    pub arguments: Vec<Value>,
    /// The input without the arguments; if the call never began, all of it.
    #[cfg_attr(feature = "serde", serde(with = "serial::hex"))]
    pub input: Vec<u8>,
    /// The end of the last input byte that the call asked for, which may lie beyond the end of the input.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub input_read: u32,
    /// The output.
    #[cfg_attr(feature = "serde", serde(with = "serial::hex"))]
    pub output: Vec<u8>,
    /// The gas that the call was given.
    pub gas_given: Gas,
    /// The gas that the call used, including the calls nested in it.
    pub gas_used: Gas,
    /// The pages that the call read, in order of its first touch; `None` under a pager that does not track reads.
    pub pages_read: Option<Vec<PageIndex>>,
    /// The pages that the call wrote, in order of its first touch; `None` under a pager that does not track writes.
    pub pages_written: Option<Vec<PageIndex>>,
    /// The writes to the contract's storage, in order. They were undone if the call, or a call around it, failed. The list is
    /// empty under a pager that does not track writes, and unless writes are requested.
    pub writes: Vec<StorageWrite>,
    /// The end of the call.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub status: Status,
}

/// A change of one or more eight-byte words of a page, which a call made between two of its nested calls.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct StorageWrite {
    /// Number of nested calls that the call had made before.
    pub calls_before: u32,
    /// The page.
    pub page: PageIndex,
    /// The offset in the page.
    pub offset: u16,
    /// The bytes before.
    #[cfg_attr(feature = "serde", serde(with = "serial::hex"))]
    pub before: Vec<u8>,
    /// The bytes after, of the same length.
    #[cfg_attr(feature = "serde", serde(with = "serial::hex"))]
    pub after: Vec<u8>,
}
