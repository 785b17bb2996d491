//! The signal mask of a thread that runs wasm.

use std::mem;
use std::ptr;

use super::signal::Signal;

/// Unblocks SIGSEGV and SIGBUS on this thread as long as it lives: a fault whose signal is blocked ends the process.
#[derive(Debug)]
pub(super) struct UnblockedSignals {
    /// The previous mask, if it blocked one of the signals.
    before: Option<libc::sigset_t>,
}

impl UnblockedSignals {
    pub(super) fn begin() -> Self {
        // SAFETY: all zeros are a valid set of signals, and the pointers refer to local sets. The functions fail only for
        // signals that do not exist.
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

impl UnblockedSignals {
    /// Returns whether the thread blocked one of the signals.
    pub(super) fn were_blocked(&self) -> bool {
        self.before.is_some()
    }
}

impl Drop for UnblockedSignals {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // SAFETY: the pointer refers to the mask that the thread had before.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before, ptr::null_mut()) };
        }
    }
}
