//! Hardware faults of a region and how they are served.

use std::fmt;
use std::io;
use std::ops::Range;

use super::error::PagingError;
use super::frames::FrameTable;
use super::page_table::Access;
use super::source::PageSource;
use crate::units::PageIndex;

/// Serves the hardware faults of one region.
pub(super) trait Trap: fmt::Debug + Send + Sync {
    /// Returns true if this access to the page causes no fault.
    fn is_ready(&self, frames: &FrameTable, page: PageIndex, access: Access) -> bool;

    /// Makes a page ready for an access, and possibly pages beside it. `access` is `None` if the processor does not
    /// distinguish reads from writes. Returns false if the page was ready already: then the pager did not cause the fault.
    ///
    /// # Safety
    /// The caller must be the one party that accesses the region (rule 1), and no reference into the region may exist.
    unsafe fn serve(
        &self,
        frames: &FrameTable,
        page: PageIndex,
        access: Option<Access>,
        source: &dyn PageSource,
    ) -> Result<bool, PagingError>;

    /// Returns pages among which all present ones are.
    fn touched(&self) -> Range<u32>;

    /// Returns the dirty pages, in ascending order.
    fn dirty_pages(&self, frames: &FrameTable) -> Result<Vec<PageIndex>, PagingError>;

    /// Returns the memory of unchanged pages to the host, and marks them absent, except those for which `keep` returns true. The caller
    /// must own the region.
    fn evict(
        &self,
        frames: &FrameTable,
        source: &dyn PageSource,
        keep: &dyn Fn(PageIndex) -> bool,
    ) -> Result<(), PagingError>;

    /// Marks all pages absent and returns their memory to the host. The caller must own the region.
    fn reset(&self, frames: &FrameTable) -> io::Result<()>;

    /// Makes the access that could not be served end in a segmentation fault. Returns true if the access must be retried
    /// for that.
    fn refuse(&self, frames: &FrameTable) -> bool;
}
