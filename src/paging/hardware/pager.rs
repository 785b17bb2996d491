//! The hardware pagers, on top of the [`Trap`](super::super::trap::Trap) of each region.

use std::io;
use std::ops::Range;

use super::super::availability::{Unavailable, host_page};
use super::super::error::PagingError;
use super::super::extent::Extent;
use super::super::page_table::{Access, PageTable};
use super::super::pager::Pager;
use super::super::region::Region;
use super::super::source::PageSource;
use super::userfault::UserFault;
use super::{sigsegv, uffd};
use crate::contract::Checks;
use crate::units::{PageCount, PageIndex, StateRoot};

/// A pager whose faults are signals. The first fault of a page loads it; all frames are dropped at the end of each
/// transaction.
#[derive(Debug)]
pub(in crate::paging) enum Hardware {
    /// Pages without rights cause segmentation faults.
    Sigsegv,
    /// `userfaultfd` reports missing pages; the kernel records writes.
    Uffd,
}

impl Hardware {
    /// Returns the pager `sigsegv`.
    pub(in crate::paging) fn sigsegv() -> Result<&'static dyn Pager, Unavailable> {
        host_page()?;
        Ok(&Self::Sigsegv)
    }

    /// Returns the pager `uffd`.
    pub(in crate::paging) fn uffd() -> Result<&'static dyn Pager, Unavailable> {
        host_page()?;
        UserFault::get()?;
        Ok(&Self::Uffd)
    }
}

impl Pager for Hardware {
    fn checks(&self) -> Checks {
        Checks::Bulk
    }

    fn knows(&self, _access: Access) -> bool {
        false
    }

    fn region(&self, extent: Extent<'_>, state: StateRoot, window: PageCount) -> io::Result<Region> {
        match self {
            Self::Sigsegv => sigsegv::region(extent, state, window),
            Self::Uffd => uffd::region(extent, state, window),
        }
    }

    fn touch(
        &self,
        region: &mut Region,
        table: &mut PageTable,
        pages: Range<u32>,
        access: Access,
        source: &dyn PageSource,
    ) -> Result<(), PagingError> {
        let frames = region.frames();
        for page in pages.map(PageIndex) {
            if let Some(trap) = region.trap()
                && !trap.is_ready(frames, page, access)
            {
                frames.count_fault(access);
                // SAFETY: the region is borrowed mutably, so no other party accesses its bytes (rules 1 and 3).
                unsafe { trap.serve(frames, page, Some(access), source)? };
            }
            table.allow(page, access);
        }
        Ok(())
    }

    fn evict(
        &self,
        region: &mut Region,
        source: &dyn PageSource,
        keep: &dyn Fn(PageIndex) -> bool,
    ) -> Result<(), PagingError> {
        let frames = region.frames();
        region.trap().map_or(Ok(()), |trap| trap.evict(frames, source, keep))
    }

    fn written(&self, region: &Region, _source: &dyn PageSource) -> Result<Vec<PageIndex>, PagingError> {
        let frames = region.frames();
        region.trap().map_or(Ok(Vec::new()), |trap| trap.dirty_pages(frames))
    }

    fn keep(&self, region: &mut Region, state: StateRoot) -> Result<(), PagingError> {
        Ok(region.reset(state)?)
    }

    fn undo(&self, region: &mut Region, _source: &dyn PageSource) -> Result<(), PagingError> {
        Ok(region.reset(region.state())?)
    }
}
