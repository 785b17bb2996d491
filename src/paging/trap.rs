//! What lets the processor find out which pages are touched.

use std::fmt;
use std::io;

use super::error::PagingError;
use super::frames::Frames;
use super::page_table::Access;
use super::source::PageSource;
use crate::units::PageIndex;

/// What serves the faults of one region.
pub(super) trait Trap: fmt::Debug + Send + Sync {
    /// Whether pages can be touched so without a fault.
    fn ready(&self, frames: &Frames, page: PageIndex, access: Access) -> bool;

    /// Makes a page ready, and perhaps others beside it. `access` is nothing where the processor does not tell reads
    /// from writes. Returns whether the access will get further now; if not, it is no business of the pager.
    ///
    /// # Safety
    /// As for [`Frames::load`], for every page of the region.
    unsafe fn serve(
        &self,
        frames: &Frames,
        page: PageIndex,
        access: Option<Access>,
        source: &dyn PageSource,
    ) -> Result<bool, PagingError>;

    /// The pages that may differ from their committed bytes, in ascending order.
    fn written(&self, frames: &Frames) -> Result<Vec<PageIndex>, PagingError>;

    /// Drops every frame. The caller owns the region.
    fn reset(&self, frames: &Frames) -> io::Result<()>;

    /// After a failure: sees to it that an access to the region ends in a segmentation fault. Returns whether the
    /// access has to be tried again for that.
    fn refuse(&self, frames: &Frames) -> bool;
}
