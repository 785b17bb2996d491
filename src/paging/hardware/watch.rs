//! Which regions the thread's code may fault in, for the time that it runs.

use std::cell::Cell;
use std::fmt;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

use super::super::error::PagingError;
use super::super::frames::Frames;
use super::super::page_table::Access;
use super::super::region::Region;
use super::super::source::{ContractPages, SharedSnapshot};
use super::super::trap::Trap;
#[cfg(target_os = "linux")]
use super::mask::Unblocked;
use crate::units::{Address, PAGE_SIZE, PageIndex};

thread_local! {
    /// The last of this thread's watches. Without a destructor and made at compile time, so that a handler may look.
    static WATCHES: Cell<*const Watched> = const { Cell::new(ptr::null()) };
}

struct Watched {
    frames: Arc<Frames>,
    trap: Arc<dyn Trap>,
    snapshot: SharedSnapshot,
    contract: Address,
    failure: Cell<Option<PagingError>>,
    /// Whether there was a failure: then no fault is served any more.
    failed: Cell<bool>,
    before: *const Watched,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("contract", &self.contract).finish_non_exhaustive()
    }
}

/// While it lives, faults of this thread in a region are served from a snapshot.
///
/// Watches of a thread end in the reverse order of their beginning.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Not to be sent to another thread, which an `Rc` sees to.
    watched: Rc<Watched>,
    #[cfg(target_os = "linux")]
    _unblocked: Unblocked,
}

impl Watch {
    /// Begins to serve the faults of a region that is about to be lent to wasm; nothing if its pager takes none.
    pub(crate) fn begin(region: &Region, snapshot: &SharedSnapshot, contract: Address) -> Option<Self> {
        let trap = region.trap()?.clone();
        let watched = Rc::new(Watched {
            frames: region.frames().clone(),
            trap,
            snapshot: snapshot.share(),
            contract,
            failure: Cell::new(None),
            failed: Cell::new(false),
            before: WATCHES.get(),
        });
        WATCHES.set(Rc::as_ptr(&watched));
        Some(Self {
            watched,
            #[cfg(target_os = "linux")]
            _unblocked: Unblocked::begin(),
        })
    }

    /// Ends it. Returns why a fault could not be served, if one could not: then the code has trapped.
    pub(crate) fn end(self) -> Option<PagingError> {
        self.watched.failure.take()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        debug_assert!(ptr::eq(WATCHES.get(), Rc::as_ptr(&self.watched)), "watches end in reverse order");
        WATCHES.set(self.watched.before);
    }
}

/// Serves a fault of this thread. Returns whether the access is to be tried again; if not, the fault is somebody else's.
///
/// # Safety
/// Called by a signal handler, for an access that the interrupted code of this thread made at `address`.
pub(super) unsafe fn serve(address: usize, access: Option<Access>) -> bool {
    let mut next = WATCHES.get();
    // SAFETY: the thread's watches are alive as long as they are linked: each lies on the heap, is linked by
    // `begin` and unlinked when it is dropped, by this thread, which is here.
    while let Some(watched) = unsafe { next.as_ref() } {
        let frames = &*watched.frames;
        let offset = address.wrapping_sub(frames.memory.start().addr().get());
        if offset < frames.limit.bytes() as usize {
            // SAFETY: passed on; the region is lent to the code that faulted, as long as it is watched.
            return unsafe { serve_in(watched, PageIndex((offset / PAGE_SIZE) as u32), access) };
        }
        next = watched.before;
    }
    false
}

/// # Safety
/// As for `serve`, and the page is the one touched.
unsafe fn serve_in(watched: &Watched, page: PageIndex, access: Option<Access>) -> bool {
    let (frames, trap) = (&*watched.frames, &*watched.trap);
    if watched.failed.get() {
        // This is the segmentation fault that the failure was to end in. If it were served, it might fail again, and be
        // tried again, without end.
        return false;
    }
    let source = ContractPages { snapshot: &*watched.snapshot, address: &watched.contract };
    // SAFETY: the code that the region is lent to has been interrupted at a load or store of wasm, while no reference
    // into the region exists (rule 3): running wasm takes the transaction, with its regions, by value.
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
