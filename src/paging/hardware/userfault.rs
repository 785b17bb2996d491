//! The kernel's `userfaultfd` and `PAGEMAP_SCAN` (Linux 6.7), as far as they are used here.
//!
//! One descriptor serves all regions of the process. A thread that touches a missing page of a registered range gets
//! SIGBUS (`UFFD_FEATURE_SIGBUS`) and fills the page itself; a page filled with write protection loses it at its first
//! write without anybody being told (`UFFD_FEATURE_WP_ASYNC`), and `PAGEMAP_SCAN` lists the pages that have lost it.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::OnceLock;

use linux_raw_sys::general::{
    PAGE_IS_PRESENT, PAGE_IS_SWAPPED, PAGE_IS_WRITTEN, PM_SCAN_CHECK_WPASYNC, PM_SCAN_WP_MATCHING, UFFD_FEATURE_SIGBUS,
    UFFD_FEATURE_WP_ASYNC, UFFD_USER_MODE_ONLY, page_region, pm_scan_arg, uffdio_api, uffdio_copy, uffdio_range,
    uffdio_register,
};
use linux_raw_sys::ioctl::{UFFDIO_API, UFFDIO_COPY, UFFDIO_REGISTER};
use rustix::io::Errno;

use super::super::availability::Unavailable;

/// `UFFD_API` of linux/userfaultfd.h: the only version there is.
const API: u64 = 0xaa;
const REGISTER_MISSING: u64 = 1 << 0;
const REGISTER_WRITE_PROTECT: u64 = 1 << 1;
const COPY_WRITE_PROTECT: u64 = 1 << 1;
/// `_IO(0xaa, 0)`: makes a descriptor from the device.
const NEW_DESCRIPTOR: u32 = 0xaa00;
/// `_IOWR('f', 16, struct pm_scan_arg)` of linux/fs.h.
const PAGEMAP_SCAN: u32 = 3 << 30 | (size_of::<pm_scan_arg>() as u32) << 16 | 0x66 << 8 | 16;

/// What userfaultfd has to offer.
const FEATURES: u64 = (UFFD_FEATURE_SIGBUS | UFFD_FEATURE_WP_ASYNC) as u64;

/// The two descriptors.
#[derive(Debug)]
pub(super) struct UserFault {
    faults: OwnedFd,
    page_map: File,
    /// The process whose memory they are about.
    process: u32,
}

impl UserFault {
    /// The process's descriptors, opened at the first call.
    pub(super) fn get() -> Result<&'static Self, Unavailable> {
        static ONCE: OnceLock<Result<UserFault, Unavailable>> = OnceLock::new();
        let opened = ONCE.get_or_init(Self::open).as_ref().map_err(Unavailable::clone)?;
        if opened.process != std::process::id() {
            // They would register and fill pages of the parent, and pages of this process would stay empty unnoticed.
            return Err(Unavailable::new(
                "this process was forked from one that uses userfaultfd, and has its parent's descriptors",
                "a first use of the pager after the fork, or an exec",
            ));
        }
        Ok(opened)
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
            .map_err(|error| Unavailable::new(format!("/proc/self/pagemap: {error}"), "mount -t proc proc /proc"))?;
        let user_fault = Self { faults, page_map, process: std::process::id() };
        // An empty range: whether the kernel knows the request.
        user_fault.scan(0..0, &mut [], false).map_err(|errno| match errno {
            Errno::NOTTY => Unavailable::new("the kernel lacks PAGEMAP_SCAN", "a kernel of Linux 6.7 or later"),
            errno => refused("PAGEMAP_SCAN", errno),
        })?;
        Ok(user_fault)
    }

    /// Has the faults of a range of mapped addresses come to its own threads.
    pub(super) fn register(&self, start: usize, length: usize) -> Result<(), Errno> {
        let range = uffdio_range { start: start as u64, len: length as u64 };
        let mut register = uffdio_register { range, mode: REGISTER_MISSING | REGISTER_WRITE_PROTECT, ioctls: 0 };
        // SAFETY: the request takes a `uffdio_register`; it changes what happens at faults, not what memory holds.
        unsafe { control(&self.faults, UFFDIO_REGISTER, &mut register) }
    }

    /// Fills missing pages with bytes. Returns how many bytes are filled; fewer than all is to be tried again.
    ///
    /// # Safety
    /// `to` is the start of so many missing pages that are the caller's, `from` of as many readable bytes.
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
        // SAFETY: the request takes a `uffdio_copy`; its ranges are as the caller promises.
        match unsafe { control(&self.faults, UFFDIO_COPY, &mut copy) } {
            Ok(()) => Ok(length),
            Err(Errno::AGAIN) => Ok(usize::try_from(copy.copy).unwrap_or(0)),
            Err(errno) => Err(errno),
        }
    }

    /// Lists ranges of populated pages that were written since they were write-protected, in memory or swapped out,
    /// as many as `regions` has room for; with `protect`, protects them again. Returns how many there are, and up to
    /// which address the pages have been looked at.
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
        // SAFETY: the request takes a `pm_scan_arg`, and writes at most `vec_len` regions where it says.
        let found = unsafe { request(&self.page_map, PAGEMAP_SCAN, &mut scan)? };
        Ok((found, scan.walk_end as usize))
    }
}

/// A descriptor for faults of user code, by the system call or, where that is forbidden, from the device.
fn descriptor() -> Result<OwnedFd, Unavailable> {
    let flags = libc::c_long::from(libc::O_CLOEXEC | libc::O_NONBLOCK) | libc::c_long::from(UFFD_USER_MODE_ONLY as i32);
    // SAFETY: the call takes flags only and returns a new descriptor.
    let number = unsafe { libc::syscall(libc::SYS_userfaultfd, flags) };
    if number >= 0 {
        // SAFETY: the kernel has just made it for us.
        return Ok(unsafe { OwnedFd::from_raw_fd(number as i32) });
    }
    let error = io::Error::last_os_error();
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
        // SAFETY: the kernel has just made it for us.
        number if number >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(number) }),
        _ => Err(io::Error::last_os_error()),
    }
}

fn refused(what: &str, errno: Errno) -> Unavailable {
    Unavailable::new(format!("the kernel refuses {what}: {errno}"), "a kernel of Linux 6.7 or later")
}

/// # Safety
/// The request takes a pointer to such a value.
unsafe fn control<T>(descriptor: &impl AsRawFd, request_code: u32, argument: &mut T) -> Result<(), Errno> {
    // SAFETY: passed on.
    unsafe { request(descriptor, request_code, argument) }.map(drop)
}

/// # Safety
/// The request takes a pointer to such a value.
unsafe fn request<T>(descriptor: &impl AsRawFd, request: u32, argument: &mut T) -> Result<usize, Errno> {
    // SAFETY: the descriptor is open as long as it is borrowed; the rest is the caller's promise.
    let result = unsafe { libc::ioctl(descriptor.as_raw_fd(), request.into(), std::ptr::from_mut(argument)) };
    usize::try_from(result).map_err(|_| Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO))
}
