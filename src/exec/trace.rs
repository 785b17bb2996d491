//! What a transaction did beside what it came to.

use super::call::Call;
use crate::paging::{FrameStatistics, PagerKind, Region};
use crate::units::{Address, PageIndex};

/// How a transaction went. Unlike its receipt this depends on the pager, on what was kept from calls before, and on the
/// host; it is not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// What presenting each contract's pages took, in order of first touch.
    pub frames: Vec<ContractFrames>,
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
    /// Which pages it took for touched, if the transaction was to note them.
    pub(crate) touched: Option<Box<PagesTouched>>,
}

/// The pages that a pager took for touched, in ascending order each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PagesTouched {
    /// Those that the call read, under a pager that knows.
    pub(crate) read: Option<Vec<PageIndex>>,
    /// Those that the call wrote, under a pager that knows.
    pub(crate) written: Option<Vec<PageIndex>>,
    /// Those that were compared with their committed bytes, if the call returned.
    pub(crate) compared: Option<Vec<PageIndex>>,
}

impl Trace {
    /// The trace of a call that has just ended, with its contract's region.
    pub(super) fn of(call: &Call, region: &Region, touched: Option<Box<PagesTouched>>) -> Self {
        let (contract, pager, statistics) = (call.contract, call.pager, region.take_statistics());
        Self { frames: vec![ContractFrames { contract, pager, statistics, touched }] }
    }
}
