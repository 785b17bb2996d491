//! The pagers of this folder: what a region's [`Trap`](super::super::trap::Trap) does, a transaction at a time.

use std::io;
use std::ops::Range;

use super::super::availability::{Unavailable, host_page};
use super::super::error::PagingError;
use super::super::page_table::{Access, PageTable};
use super::super::pager::Pager;
use super::super::region::Region;
use super::super::source::PageSource;
use super::userfault::UserFault;
use super::{sigsegv, uffd};
use crate::contract::Checks;
use crate::units::{PageCount, PageIndex, StateRoot};

/// A pager whose faults come from the processor. Pages come in at their first fault; frames are dropped at the end of
/// each transaction.
#[derive(Debug)]
pub(in crate::paging) enum Hardware {
    /// Rights of pages, and segmentation faults.
    Sigsegv,
    /// `userfaultfd` for what is missing; the kernel notes what is written.
    Uffd,
}

impl Hardware {
    /// The pager `sigsegv`.
    pub(in crate::paging) fn sigsegv() -> Result<&'static dyn Pager, Unavailable> {
        host_page()?;
        Ok(&Self::Sigsegv)
    }

    /// The pager `uffd`.
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

    fn region(&self, limit: PageCount, state: StateRoot, window: PageCount) -> io::Result<Region> {
        match self {
            Self::Sigsegv => sigsegv::region(limit, state, window),
            Self::Uffd => uffd::region(limit, state, window),
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
                && !trap.ready(frames, page, access)
            {
                frames.count_fault(access);
                // SAFETY: the region is borrowed mutably, so its bytes are ours and nobody holds a reference to them.
                unsafe { trap.serve(frames, page, Some(access), source)? };
            }
            table.allow(page, access);
        }
        Ok(())
    }

    fn written(&self, region: &Region, _source: &dyn PageSource) -> Result<Vec<PageIndex>, PagingError> {
        let frames = region.frames();
        region.trap().map_or(Ok(Vec::new()), |trap| trap.written(frames))
    }

    fn keep(&self, region: &mut Region, state: StateRoot) -> Result<(), PagingError> {
        Ok(region.reset(state)?)
    }

    fn undo(&self, region: &mut Region, _source: &dyn PageSource) -> Result<(), PagingError> {
        Ok(region.reset(region.state())?)
    }
}
