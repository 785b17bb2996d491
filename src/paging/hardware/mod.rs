//! Pagers that let the processor find out what is touched.
//!
//! ```text
//!   wasm touches a page ──► signal ──► signals: is the address in a region that a Watch of this thread names?
//!                                        │ no: on to whoever handled the signal before
//!                                        ▼ yes
//!                                      Trap::serve: bring pages in, give rights, return: the access is tried again
//!                                        │ the store or the host failed
//!                                        ▼
//!                                      the failure is noted in the Watch, the access becomes a trap of wasm, and the
//!                                      call halts with what was noted
//! ```
//!
//! What a handler may do: read the store through a snapshot, change atomics, make system calls. It does not allocate,
//! lock, print or panic. Faults come from wasm only: host functions and bulk instructions make their pages ready before
//! they touch them ([`Checks::Bulk`](crate::contract::Checks)), through the same [`Trap::serve`].

#[cfg(all(target_os = "linux", feature = "lab"))]
mod floor;
#[cfg(target_os = "linux")]
mod mask;
#[cfg(target_os = "linux")]
mod pager;
#[cfg(target_os = "linux")]
mod ranges;
#[cfg(target_os = "linux")]
mod signals;
#[cfg(target_os = "linux")]
mod sigsegv;
#[cfg(target_os = "linux")]
mod uffd;
#[cfg(target_os = "linux")]
mod userfault;
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "there is no handler that asks"))]
mod watch;
mod window;

use std::fmt;
use std::io;

use super::availability::Unavailable;
#[cfg(target_os = "linux")]
use super::availability::host_page;
use super::frames::Frames;
use super::page_table::Access;
use super::pager::{Pager, PagingError};
use super::source::PageSource;
use crate::units::{PageCount, PageIndex};

#[cfg(all(target_os = "linux", feature = "lab"))]
pub(crate) use floor::Floor;
pub(crate) use watch::Watch;

/// Pages brought in by one fault at most, unless somebody says otherwise.
pub(crate) const DEFAULT_WINDOW: PageCount = PageCount(128);

/// The pager `sigsegv`.
#[cfg(target_os = "linux")]
pub(super) fn sigsegv() -> Result<&'static dyn Pager, Unavailable> {
    host_page()?;
    Ok(&pager::Hardware::Sigsegv)
}

/// The pager `uffd`.
#[cfg(target_os = "linux")]
pub(super) fn uffd() -> Result<&'static dyn Pager, Unavailable> {
    host_page()?;
    userfault::UserFault::get()?;
    Ok(&pager::Hardware::Uffd)
}

#[cfg(not(target_os = "linux"))]
pub(super) use self::{only_linux as sigsegv, only_linux as uffd};

#[cfg(not(target_os = "linux"))]
fn only_linux() -> Result<&'static dyn Pager, Unavailable> {
    Err(Unavailable::new("its mechanism is one of Linux", "a host with Linux"))
}

/// There are no such mechanisms elsewhere.
#[cfg(all(not(target_os = "linux"), feature = "lab"))]
#[derive(Debug)]
pub(crate) enum Floor {}

#[cfg(all(not(target_os = "linux"), feature = "lab"))]
impl Floor {
    pub(crate) fn new(_: super::PagerKind, _: u32, _: PageCount) -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(crate) fn touch(&mut self, _: &[u32], _: &[Access]) -> io::Result<(std::time::Duration, u64)> {
        match *self {}
    }
}

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
