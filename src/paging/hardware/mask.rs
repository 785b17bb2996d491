//! The signals that a thread takes.

use std::mem;
use std::ptr;

use super::signal::Signal;

/// While it lives, this thread takes the signals: a fault whose signal is blocked ends the process.
#[derive(Debug)]
pub(super) struct Unblocked {
    /// What the thread blocked before, if one of the signals was among it.
    before: Option<libc::sigset_t>,
}

impl Unblocked {
    pub(super) fn begin() -> Self {
        // SAFETY: all zeros are a valid set of signals, and the pointers are to sets of ours. The functions fail for
        // signals only that do not exist.
        unsafe {
            let (mut both, mut before): (libc::sigset_t, libc::sigset_t) = (mem::zeroed(), mem::zeroed());
            let numbers = [Signal::Segv, Signal::Bus].map(Signal::number);
            numbers.iter().for_each(|number| _ = libc::sigaddset(&raw mut both, *number));
            libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const both, &raw mut before);
            let blocked = numbers.iter().any(|number| libc::sigismember(&raw const before, *number) == 1);
            Self { before: blocked.then_some(before) }
        }
    }
}

impl Drop for Unblocked {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // SAFETY: the set is ours, and what the thread had before.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before, ptr::null_mut()) };
        }
    }
}
