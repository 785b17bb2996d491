//! The parts of `userfaultfd` and `PAGEMAP_SCAN` (Linux 6.7) that the pager `uffd` uses.
//!
//! One descriptor serves all regions of the process. A thread that touches a missing page of a registered range gets
//! SIGBUS (`UFFD_FEATURE_SIGBUS`) and fills the page itself. If it fills the page write-protected, the first write lifts
//! the protection without a signal (`UFFD_FEATURE_WP_ASYNC`). `PAGEMAP_SCAN` lists the pages that have lost it.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

use linux_raw_sys::general::{
    PAGE_IS_PRESENT, PAGE_IS_SWAPPED, PAGE_IS_WRITTEN, PM_SCAN_CHECK_WPASYNC, PM_SCAN_WP_MATCHING, UFFD_FEATURE_SIGBUS,
    UFFD_FEATURE_WP_ASYNC, UFFD_USER_MODE_ONLY, page_region, pm_scan_arg, uffdio_api, uffdio_copy, uffdio_range,
    uffdio_register,
};
use linux_raw_sys::ioctl::{UFFDIO_API, UFFDIO_COPY, UFFDIO_REGISTER};
use rustix::io::Errno;

use super::super::availability::Unavailable;
use crate::store::Process;

/// `UFFD_API` of linux/userfaultfd.h, the only version.
const API: u64 = 0xaa;
const REGISTER_MISSING: u64 = 1 << 0;
const REGISTER_WRITE_PROTECT: u64 = 1 << 1;
const COPY_WRITE_PROTECT: u64 = 1 << 1;
/// `_IO(0xaa, 0)`: creates a descriptor from the device.
const NEW_DESCRIPTOR: u32 = 0xaa00;
/// `_IOWR('f', 16, struct pm_scan_arg)` of linux/fs.h.
const PAGEMAP_SCAN: u32 = 3 << 30 | (size_of::<pm_scan_arg>() as u32) << 16 | 0x66 << 8 | 16;

/// The features that userfaultfd must have.
const FEATURES: u64 = (UFFD_FEATURE_SIGBUS | UFFD_FEATURE_WP_ASYNC) as u64;

/// The descriptors of userfaultfd and of the page map. They act on the memory of the process that opened them.
#[derive(Debug)]
pub(super) struct UserFault {
    faults: OwnedFd,
    page_map: File,
}

impl UserFault {
    /// Returns the descriptors of the process. The first call opens them. A child of a fork opens its own: those of its parent would
    /// register and fill pages of the parent.
    pub(super) fn get() -> Result<&'static Self, Unavailable> {
        static OPENED: Mutex<Option<(Process, &UserFault)>> = Mutex::new(None);
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        let process = Process::current();
        match &*opened {
            Some((opener, user_fault)) if *opener == process => Ok(user_fault),
            // A failure is not kept: descriptors may be lacking for a time only.
            _ => {
                let user_fault = &*Box::leak(Box::new(Self::open()?));
                *opened = Some((process, user_fault));
                Ok(user_fault)
            }
        }
    }

    fn open() -> Result<Self, Unavailable> {
        let faults = descriptor()?;
        let mut api = uffdio_api { api: API, features: FEATURES, ioctls: 0 };
        // SAFETY: the request takes a `uffdio_api`.
        unsafe { control(&faults, UFFDIO_API, &mut api) }.map_err(|errno| match errno {
            Errno::INVAL => {
                Unavailable::new("the kernel's userfaultfd lacks WP_ASYNC", "a kernel of Linux 6.7 or later")
            }
            errno => refused("userfaultfd", errno),
        })?;
        let page_map = File::open("/proc/self/pagemap")
            .map_err(|error| Unavailable::for_lack_of_descriptors(&error).unwrap_or_else(|| no_page_map(&error)))?;
        let user_fault = Self { faults, page_map };
        // A scan of an empty range shows whether the kernel knows the request.
        user_fault.scan(0..0, &mut [], false).map_err(|errno| match errno {
            Errno::NOTTY => Unavailable::new("the kernel lacks PAGEMAP_SCAN", "a kernel of Linux 6.7 or later"),
            errno => refused("PAGEMAP_SCAN", errno),
        })?;
        Ok(user_fault)
    }

    /// Registers a range of mapped addresses: a thread that touches a missing page of it gets SIGBUS.
    pub(super) fn register(&self, start: usize, length: usize) -> Result<(), Errno> {
        let range = uffdio_range { start: start as u64, len: length as u64 };
        let mut register = uffdio_register { range, mode: REGISTER_MISSING | REGISTER_WRITE_PROTECT, ioctls: 0 };
        // SAFETY: the request takes a `uffdio_register`. It changes the handling of faults, not the content of memory.
        unsafe { control(&self.faults, UFFDIO_REGISTER, &mut register) }
    }

    /// Fills missing pages with bytes. Returns the number of bytes that were filled. The caller must call again for the
    /// rest.
    ///
    /// # Safety
    /// `to` must be the start of `length` bytes of missing pages that only the caller uses, and `from` the start of
    /// `length` readable bytes.
    pub(super) unsafe fn copy(
        &self,
        to: *mut u8,
        from: *const u8,
        length: usize,
        write_protect: bool,
    ) -> Result<usize, Errno> {
        let mode = if write_protect { COPY_WRITE_PROTECT } else { 0 };
        let (dst, src) = (to.addr() as u64, from.addr() as u64);
        let mut copy = uffdio_copy { dst, src, len: length as u64, mode, copy: 0 };
        // SAFETY: the request takes a `uffdio_copy`. The caller ensures that its ranges are valid.
        match unsafe { control(&self.faults, UFFDIO_COPY, &mut copy) } {
            Ok(()) => Ok(length),
            Err(Errno::AGAIN) => Ok(usize::try_from(copy.copy).unwrap_or(0)),
            Err(errno) => Err(errno),
        }
    }

    /// Lists the ranges of pages that were written since they were write-protected, including swapped-out pages. It
    /// stops when `regions` is full. With `protect`, the listed pages are protected again. Returns the number of listed ranges,
    /// and the address at which the scan stopped.
    pub(super) fn scan(
        &self,
        addresses: std::ops::Range<usize>,
        regions: &mut [page_region],
        protect: bool,
    ) -> Result<(usize, usize), Errno> {
        let flags = if protect { PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC } else { 0 };
        let mut scan = pm_scan_arg {
            size: size_of::<pm_scan_arg>() as u64,
            flags: u64::from(flags),
            start: addresses.start as u64,
            end: addresses.end as u64,
            walk_end: 0,
            vec: regions.as_mut_ptr().addr() as u64,
            vec_len: regions.len() as u64,
            max_pages: 0,
            category_inverted: 0,
            category_mask: u64::from(PAGE_IS_WRITTEN),
            category_anyof_mask: u64::from(PAGE_IS_PRESENT | PAGE_IS_SWAPPED),
            return_mask: u64::from(PAGE_IS_WRITTEN),
        };
        // SAFETY: the request takes a `pm_scan_arg`, and writes at most `vec_len` entries to `vec`.
        let found = unsafe { request(&self.page_map, PAGEMAP_SCAN, &mut scan)? };
        Ok((found, scan.walk_end as usize))
    }
}

/// Opens a descriptor for faults of user code: by the system call, or from the device if the call is forbidden.
fn descriptor() -> Result<OwnedFd, Unavailable> {
    let flags = libc::c_long::from(libc::O_CLOEXEC | libc::O_NONBLOCK) | libc::c_long::from(UFFD_USER_MODE_ONLY as i32);
    // SAFETY: the call takes only flags and returns a new descriptor.
    let number = unsafe { libc::syscall(libc::SYS_userfaultfd, flags) };
    if number >= 0 {
        // SAFETY: the descriptor is new and has no other owner.
        return Ok(unsafe { OwnedFd::from_raw_fd(number as i32) });
    }
    let error = io::Error::last_os_error();
    if let Some(lack) = Unavailable::for_lack_of_descriptors(&error) {
        return Err(lack);
    }
    from_device().map_err(|device| match error.raw_os_error() {
        Some(libc::ENOSYS) => {
            Unavailable::new("the kernel has no userfaultfd", "a kernel that is built with CONFIG_USERFAULTFD=y")
        }
        _ => Unavailable::new(
            format!("this process may not use userfaultfd: {error}; /dev/userfaultfd: {device}"),
            "sudo setfacl -m u:$USER:rw /dev/userfaultfd",
        ),
    })
}

fn from_device() -> io::Result<OwnedFd> {
    let device = File::options().read(true).write(true).open("/dev/userfaultfd")?;
    let flags = libc::O_CLOEXEC | libc::O_NONBLOCK;
    // SAFETY: the request takes flags as its argument and returns a new descriptor.
    match unsafe { libc::ioctl(device.as_raw_fd(), NEW_DESCRIPTOR.into(), flags) } {
        // SAFETY: the descriptor is new and has no other owner.
        number if number >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(number) }),
        _ => Err(io::Error::last_os_error()),
    }
}

fn no_page_map(error: &io::Error) -> Unavailable {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => "mount -t proc proc /proc",
        _ => "a sandbox that lets this process read its page map",
    };
    Unavailable::new(format!("/proc/self/pagemap: {error}"), remedy)
}

fn refused(what: &str, errno: Errno) -> Unavailable {
    Unavailable::new(format!("the kernel refuses {what}: {errno}"), "a kernel of Linux 6.7 or later")
}

/// Sends a request whose result is only success or failure.
///
/// # Safety
/// The request must take a pointer to a `T`.
unsafe fn control<T>(descriptor: &impl AsRawFd, request_code: u32, argument: &mut T) -> Result<(), Errno> {
    // SAFETY: the caller ensures that the request takes a pointer to a `T`.
    unsafe { request(descriptor, request_code, argument) }.map(drop)
}

/// Sends a request and returns its result.
///
/// # Safety
/// The request must take a pointer to a `T`.
unsafe fn request<T>(descriptor: &impl AsRawFd, request: u32, argument: &mut T) -> Result<usize, Errno> {
    // SAFETY: the descriptor is open as long as it is borrowed. The caller ensures that the request takes a pointer to a `T`.
    let result = unsafe { libc::ioctl(descriptor.as_raw_fd(), request.into(), std::ptr::from_mut(argument)) };
    usize::try_from(result).map_err(|_| Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO))
}
