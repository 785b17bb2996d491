//! The regions in which the current thread may fault while its wasm runs.

use std::cell::Cell;
use std::fmt;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

use super::super::error::PagingError;
use super::super::frames::FrameTable;
use super::super::page_table::Access;
use super::super::source::{ContractPages, SharedSnapshot};
use super::super::trap::Trap;
#[cfg(target_os = "linux")]
use super::mask::UnblockedSignals;
use crate::units::{Address, PAGE_SIZE, PageIndex};

thread_local! {
    /// The innermost watch of this thread. It has no destructor and is initialised at compile time, so a handler may read it.
    static WATCHES: Cell<*const WatchedRegion> = const { Cell::new(ptr::null()) };
}

struct WatchedRegion {
    frames: Arc<FrameTable>,
    trap: Arc<dyn Trap>,
    snapshot: SharedSnapshot,
    contract: Address,
    failure: Cell<Option<PagingError>>,
    /// True after a failure: no further fault is served.
    failed: Cell<bool>,
    outer: *const WatchedRegion,
}

impl fmt::Debug for WatchedRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedRegion").field("contract", &self.contract).finish_non_exhaustive()
    }
}

/// Serves the faults of this thread in a region from a snapshot, as long as it lives.
///
/// The watches of a thread end in the reverse order of their beginning.
#[derive(Debug)]
pub(crate) struct Watch {
    /// In an `Rc`, so that the watch is not `Send`.
    watched: Rc<WatchedRegion>,
    #[cfg(target_os = "linux")]
    _unblocked: UnblockedSignals,
}

impl Watch {
    /// Starts to serve the faults in the frames of a region that is about to be lent to wasm.
    pub(in crate::paging) fn begin(
        frames: Arc<FrameTable>,
        trap: Arc<dyn Trap>,
        snapshot: &SharedSnapshot,
        contract: Address,
    ) -> Self {
        let watched = Rc::new(WatchedRegion {
            frames,
            trap,
            snapshot: snapshot.share(),
            contract,
            failure: Cell::new(None),
            failed: Cell::new(false),
            outer: WATCHES.get(),
        });
        WATCHES.set(Rc::as_ptr(&watched));
        Self {
            watched,
            #[cfg(target_os = "linux")]
            _unblocked: UnblockedSignals::begin(),
        }
    }

    /// Ends the watch. Returns why a fault could not be served, if there was one: the code has trapped then.
    pub(crate) fn end(self) -> Option<PagingError> {
        self.watched.failure.take()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        debug_assert!(ptr::eq(WATCHES.get(), Rc::as_ptr(&self.watched)), "watches end in reverse order");
        WATCHES.set(self.watched.outer);
    }
}

/// Serves a fault of this thread. Returns true if the access is to be retried, and false if the previous handler is to run.
///
/// # Safety
/// The caller must be a signal handler, for an access that the interrupted code of this thread made at `address`.
pub(super) unsafe fn serve(address: usize, access: Option<Access>) -> bool {
    let mut next = WATCHES.get();
    // SAFETY: a linked watch is alive. It lies on the heap; this thread links it in `begin` and unlinks it in `drop`.
    while let Some(watched) = unsafe { next.as_ref() } {
        let frames = &*watched.frames;
        let offset = address.wrapping_sub(frames.memory.start().addr().get());
        if offset < frames.limit.bytes() as usize {
            // SAFETY: the caller is the handler of this fault. The region is watched, so it is lent to the code that faulted.
            return unsafe { serve_in(watched, PageIndex((offset / PAGE_SIZE) as u32), access) };
        }
        next = watched.outer;
    }
    false
}

/// Serves a fault in a watched region.
///
/// # Safety
/// As for `serve`; `page` must be the page that was touched.
unsafe fn serve_in(watched: &WatchedRegion, page: PageIndex, access: Option<Access>) -> bool {
    let (frames, trap) = (&*watched.frames, &*watched.trap);
    if watched.failed.get() {
        // This is the segmentation fault that ends the access after a failure. To serve it could fail and be retried for
        // ever.
        return false;
    }
    let source = ContractPages { snapshot: &*watched.snapshot, address: &watched.contract };
    // SAFETY: the code that the region is lent to is interrupted at a load or store of wasm, and no reference into the
    // region exists while wasm runs (rules 1 and 3).
    match unsafe { trap.serve(frames, page, access, &source) } {
        Ok(served) => {
            if served {
                frames.counters.signals.add(1);
                frames.count_fault(access.unwrap_or(Access::Read));
            }
            served
        }
        Err(failure) => {
            watched.failed.set(true);
            watched.failure.set(Some(failure));
            trap.refuse(frames)
        }
    }
}
