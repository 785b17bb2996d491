//! Our signal handler: in front of those that were there before, and gone with their last user.
//!
//! ```text
//!              first user                        last user gone, ours still on top
//!   absent ───────────────► ours, then previous ──────────────────────────────────► absent
//!                              │  last user gone, somebody else on top of ours
//!                              ▼
//!                           passing on ──── next user ───► ours, then previous      never put in a second time
//! ```
//!
//! An application that installs a handler of its own later must pass on what is not its own, as we do.

use std::io;
use std::mem;
use std::ptr;
#[cfg(feature = "lab")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

use super::super::page_table::Access;
use super::signal::Signal;
use super::watch;

/// Serves a fault as [`watch::serve`] does, on the same conditions.
#[cfg(feature = "lab")]
pub(super) type Serve = unsafe fn(address: usize, access: Option<Access>) -> bool;

/// What serves faults outside of all watches, by hand. A handler only looks whether it is there, which locks nothing.
#[cfg(feature = "lab")]
static BY_HAND: OnceLock<Serve> = OnceLock::new();

#[derive(Debug)]
struct Chain {
    state: Mutex<State>,
    /// What handled the signal before; never freed, as a handler may be reading it.
    previous: AtomicPtr<libc::sigaction>,
}

#[derive(Debug)]
struct State {
    users: usize,
    /// Whether our handler is installed, or somebody on top of it may pass on to it.
    installed: bool,
}

impl Chain {
    fn of(signal: Signal) -> &'static Self {
        static SEGV: Chain = Chain::new();
        static BUS: Chain = Chain::new();
        match signal {
            Signal::Segv => &SEGV,
            Signal::Bus => &BUS,
        }
    }

    const fn new() -> Self {
        Self { state: Mutex::new(State { users: 0, installed: false }), previous: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Notes what our handler passes on to.
    fn remember(&self, action: &libc::sigaction) {
        // SAFETY: a pointer that was stored here is to a leaked value, which nobody changes.
        let known = unsafe { self.previous.load(Ordering::Acquire).as_ref() };
        if !known.is_some_and(|known| known.sa_sigaction == action.sa_sigaction && known.sa_flags == action.sa_flags) {
            self.previous.store(Box::leak(Box::new(*action)), Ordering::Release);
        }
    }
}

/// A use of our handler of a signal.
#[derive(Debug)]
pub(super) struct Handler(Signal);

impl Handler {
    /// Installs our handler unless it is there.
    pub(super) fn install(signal: Signal) -> io::Result<Self> {
        let chain = Chain::of(signal);
        let mut state = chain.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.installed {
            // Before ours can run, which passes on to it.
            chain.remember(&current(signal)?);
            let previous = exchange(signal, Some(&ours()))?;
            chain.remember(&previous);
            state.installed = true;
        }
        state.users += 1;
        Ok(Self(signal))
    }

    /// As `install`, and from now on the function is asked to serve what no watch does.
    #[cfg(feature = "lab")]
    pub(super) fn install_by_hand(signal: Signal, serve: Serve) -> io::Result<Self> {
        BY_HAND.get_or_init(|| serve);
        Self::install(signal)
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        let chain = Chain::of(self.0);
        let mut state = chain.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.users -= 1;
        // SAFETY: as in `remember`.
        let previous = unsafe { chain.previous.load(Ordering::Acquire).as_ref() };
        let on_top = current(self.0).is_ok_and(|action| action.sa_sigaction == ours().sa_sigaction);
        if state.users == 0
            && on_top
            && let Some(previous) = previous
        {
            state.installed = exchange(self.0, Some(previous)).is_err();
        }
    }
}

fn ours() -> libc::sigaction {
    // SAFETY: all zeros are a valid `sigaction`: no handler, no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handle as *const () as usize;
    // On the thread's signal stack, as the stack of the code that faults may be the trouble. Not deferred, so that a
    // fault within the handler is reported by whoever reports faults.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    action
}

fn current(signal: Signal) -> io::Result<libc::sigaction> {
    exchange(signal, None)
}

/// Sets an action, if one is given, and returns the one before.
fn exchange(signal: Signal, action: Option<&libc::sigaction>) -> io::Result<libc::sigaction> {
    // SAFETY: all zeros are a valid `sigaction`.
    let mut before: libc::sigaction = unsafe { mem::zeroed() };
    let action = action.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: both pointers are to `sigaction`s, or null where that is allowed; a handler that is set is ours, which
    // keeps to what a handler may do, or one that was set before.
    match unsafe { libc::sigaction(signal.number(), action, &raw mut before) } {
        0 => Ok(before),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Serves a fault of a watched region and passes everything else on.
unsafe extern "C" fn handle(number: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let signal = if number == libc::SIGBUS { Signal::Bus } else { Signal::Segv };
    // SAFETY: the kernel gives a handler with SA_SIGINFO valid pointers to both.
    let (code, address, access) = unsafe { ((*info).si_code, (*info).si_addr().addr(), access(context)) };
    // A positive code is the processor's, of this thread's last instruction; others were sent by somebody.
    // SAFETY: this is the handler of such a signal, on the thread that made the access.
    if code > 0 && unsafe { serve(address, access) } {
        return;
    }
    // SAFETY: what is passed on is what was given.
    unsafe { pass_on(signal, info, context) };
}

/// # Safety
/// As for [`watch::serve`].
unsafe fn serve(address: usize, access: Option<Access>) -> bool {
    // SAFETY: passed on.
    let served = unsafe { watch::serve(address, access) };
    #[cfg(feature = "lab")]
    // SAFETY: passed on.
    let served = served || BY_HAND.get().is_some_and(|by_hand| unsafe { by_hand(address, access) });
    served
}

/// Whether the access that faulted was a store, where the processor says so.
///
/// # Safety
/// `context` is what the kernel gave the handler.
#[cfg(target_arch = "x86_64")]
unsafe fn access(context: *mut libc::c_void) -> Option<Access> {
    /// Bit of the page-fault error code (Intel SDM, volume 3, 4.7) that is set for a write.
    const WRITE: i64 = 1 << 1;
    // SAFETY: it is a `ucontext_t`, by the caller's promise.
    let error = unsafe { (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs[libc::REG_ERR as usize] };
    Some(if error & WRITE != 0 { Access::Write } else { Access::Read })
}

/// Elsewhere nobody says.
#[cfg(not(target_arch = "x86_64"))]
unsafe fn access(_context: *mut libc::c_void) -> Option<Access> {
    None
}

/// Does what would have happened without our handler.
///
/// # Safety
/// Called by the handler, with what it was given.
unsafe fn pass_on(signal: Signal, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    type Simple = extern "C" fn(libc::c_int);
    type Detailed = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
    let number = signal.number();
    // SAFETY: as in `Chain::remember`.
    let previous = unsafe { Chain::of(signal).previous.load(Ordering::Acquire).as_ref() };
    // SAFETY: the kernel gives a handler with SA_SIGINFO a valid pointer.
    let sent = unsafe { (*info).si_code } <= 0;
    let installed = if sent { current(signal).ok() } else { None };
    match previous {
        Some(action) if ![libc::SIG_DFL, libc::SIG_IGN].contains(&action.sa_sigaction) => {
            if action.sa_flags & libc::SA_SIGINFO != 0 {
                // SAFETY: an action with SA_SIGINFO holds a function of this type.
                unsafe { mem::transmute::<usize, Detailed>(action.sa_sigaction)(number, info, context) };
            } else {
                // SAFETY: an action without SA_SIGINFO holds a function of this type.
                unsafe { mem::transmute::<usize, Simple>(action.sa_sigaction)(number) };
            }
        }
        // A fault cannot be ignored, what somebody sent can be. The default ends the process: by the access, tried
        // again, or by the signal that was sent.
        previous => {
            if sent && previous.is_some_and(|action| action.sa_sigaction == libc::SIG_IGN) {
                return;
            }
            // SAFETY: all zeros are the default action; both functions may be called by a handler.
            unsafe {
                let default: libc::sigaction = mem::zeroed();
                libc::sigaction(number, &raw const default, ptr::null_mut());
                if sent {
                    libc::raise(number);
                }
            }
        }
    }
    // A handler before us, as wasmtime's, may find that the signal is ignored, and have it ignored from now on. It still
    // is with us installed, but a fault would not be served any more.
    if let Some(installed) = installed
        && current(signal).is_ok_and(|now| now.sa_sigaction == libc::SIG_IGN)
    {
        _ = exchange(signal, Some(&installed));
    }
}
