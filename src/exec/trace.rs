//! What a transaction did beside what it came to.

use super::call::Call;
use crate::paging::{FrameStatistics, PagerKind, Region};
use crate::units::Address;

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
}

impl Trace {
    /// The trace of a call that has just ended, with its contract's region.
    pub(super) fn of(call: &Call, region: &Region) -> Self {
        let (contract, pager, statistics) = (call.contract, call.pager, region.take_statistics());
        Self { frames: vec![ContractFrames { contract, pager, statistics }] }
    }
}
