//! The identity of the process, to find what it has inherited from its parent by `fork`.
//!
//! Memory is copied by `fork`, but what it refers to is not: a region is absent in the child, the locks on a store's files belong to
//! the parent, and the slots of its snapshots are shared by both.

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The number of forks between the first process that asked and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// A process. Processes that descend from each other differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    /// Returns the running process. Makes no system call, unless the C library could not register the handler that counts forks.
    #[inline]
    pub(crate) fn current() -> Self {
        static IS_COUNTED: OnceLock<bool> = OnceLock::new();
        match IS_COUNTED.get_or_init(count_forks) {
            true => Self(FORKS.load(Ordering::Relaxed)),
            false => Self(process::id()),
        }
    }

    /// Returns true if this is the running process.
    #[inline]
    pub(crate) fn is_current(self) -> bool {
        self == Self::current()
    }
}

/// Registers the handler that counts forks. Returns true on success.
fn count_forks() -> bool {
    extern "C" fn count() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: the handler runs in the child after a fork. It only adds to an atomic, which is allowed there, and is never removed.
    unsafe { libc::pthread_atfork(None, None, Some(count)) == 0 }
}

/// A value that can only be dropped in the process that made it. A child process that has inherited it forgets it instead.
#[derive(Debug)]
pub(crate) struct ProcessLocal<T> {
    process: Process,
    value: ManuallyDrop<T>,
}

impl<T> ProcessLocal<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { process: Process::current(), value: ManuallyDrop::new(value) }
    }

    /// Returns true if the running process made the value.
    #[inline]
    pub(crate) fn is_here(&self) -> bool {
        self.process.is_current()
    }
}

impl<T> Deref for ProcessLocal<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for ProcessLocal<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T> Drop for ProcessLocal<T> {
    fn drop(&mut self) {
        if self.is_here() {
            // SAFETY: the value is dropped nowhere else, and not used after this.
            unsafe { ManuallyDrop::drop(&mut self.value) };
        }
    }
}
