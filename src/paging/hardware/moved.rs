//! Moving pages from one mapping to another without copying them.

use rustix::mm::{MremapFlags, mremap_fixed};

/// Moves the pages of a range of an anonymous private mapping to another place, with their rights. Zeros stay at the old place. Returns false if
/// the kernel refuses: it must be Linux 5.7 or later, and all pages must have the same rights.
///
/// # Safety
/// Both ranges must be mapped and consist of whole pages, nothing may access them, and no reference into them may exist.
pub(in crate::paging) unsafe fn move_pages(from: *mut u8, to: *mut u8, length: usize) -> bool {
    let flags = MremapFlags::MAYMOVE | MremapFlags::DONTUNMAP;
    // SAFETY: as the caller ensures. The old range stays mapped.
    unsafe { mremap_fixed(from.cast(), length, length, flags, to.cast()) }.is_ok()
}
