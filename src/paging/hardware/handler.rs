//! Our signal handler: it runs before the previous one, and is removed with its last user.
//!
//! ```text
//!               first user                         last user gone, ours is the current handler
//!   absent ────────────────► ours, then previous ─────────────────────────────────────────────► absent
//!                              │  last user gone, the application has installed another handler
//!                              ▼
//!                           pass on only ──── next user ───► ours, then previous      never installed twice
//! ```
//!
//! A handler that the application installs later must pass on the faults of others, as ours does.

use std::io;
use std::mem;
use std::ptr;
#[cfg(feature = "lab")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

use super::super::page_table::Access;
use super::signal::Signal;
use super::{seal, watch};

/// Serves a fault as [`watch::serve`] does, under the same conditions.
#[cfg(feature = "lab")]
pub(super) type ServeFunction = unsafe fn(address: usize, access: Option<Access>) -> bool;

/// Serves the faults that no watch serves. The handler only calls `get`, which does not lock.
#[cfg(feature = "lab")]
static FALLBACK: OnceLock<ServeFunction> = OnceLock::new();

#[derive(Debug)]
struct Chain {
    state: Mutex<State>,
    /// The previous action of the signal. It is never freed, as a handler may be reading it.
    previous: AtomicPtr<libc::sigaction>,
}

#[derive(Debug)]
struct State {
    users: usize,
    /// True if our handler is installed, or a later handler may pass signals on to it.
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

    /// Stores the action to which our handler passes on.
    fn remember(&self, action: &libc::sigaction) {
        // SAFETY: every pointer stored here refers to a leaked value that never changes.
        let known = unsafe { self.previous.load(Ordering::Acquire).as_ref() };
        if !known.is_some_and(|known| known.sa_sigaction == action.sa_sigaction && known.sa_flags == action.sa_flags) {
            self.previous.store(Box::leak(Box::new(*action)), Ordering::Release);
        }
    }
}

/// One use of our handler of a signal, which stays installed until the last use is dropped.
#[derive(Debug)]
pub(super) struct Handler(Signal);

impl Handler {
    /// Installs our handler unless it is installed.
    pub(super) fn install(signal: Signal) -> io::Result<Self> {
        let chain = Chain::of(signal);
        let mut state = chain.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.installed {
            // Ours passes on to the current action, so that is stored before ours can run.
            chain.remember(&current(signal)?);
            let previous = exchange(signal, Some(&ours()))?;
            chain.remember(&previous);
            state.installed = true;
        }
        state.users += 1;
        Ok(Self(signal))
    }

    /// Installs our handler, and has `serve` serve the faults that no watch serves.
    #[cfg(feature = "lab")]
    pub(super) fn install_with_fallback(signal: Signal, serve: ServeFunction) -> io::Result<Self> {
        FALLBACK.get_or_init(|| serve);
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
        let is_current = || current(self.0).is_ok_and(|action| action.sa_sigaction == ours().sa_sigaction);
        if state.users == 0
            && is_current()
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
    // On the thread's signal stack: the fault may be an overflow of the normal stack. Not deferred: a fault within the
    // handler is then reported as any other fault.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    action
}

fn current(signal: Signal) -> io::Result<libc::sigaction> {
    exchange(signal, None)
}

/// Sets the action of a signal, if one is given. Returns the previous action.
fn exchange(signal: Signal, action: Option<&libc::sigaction>) -> io::Result<libc::sigaction> {
    // SAFETY: all zeros are a valid `sigaction`.
    let mut before: libc::sigaction = unsafe { mem::zeroed() };
    let action = action.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: both pointers refer to `sigaction`s; null is allowed for the new action. The new handler is ours, which does
    // only what a handler may do, or one that was installed before.
    match unsafe { libc::sigaction(signal.number(), action, &raw mut before) } {
        0 => Ok(before),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Serves a fault of a watched region or an own memory, and passes everything else on.
unsafe extern "C" fn handle(number: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let signal = if number == libc::SIGBUS { Signal::Bus } else { Signal::Segv };
    // SAFETY: the kernel gives a handler with SA_SIGINFO valid pointers to both.
    let (code, address, access) = unsafe { ((*info).si_code, (*info).si_addr().addr(), access(context)) };
    // A positive code: the processor raised the signal, for this thread's last instruction. Other signals were sent.
    // SAFETY: this is the handler of such a signal, on the thread that made the access.
    if code > 0 && unsafe { serve(address, access) } {
        return;
    }
    // SAFETY: the arguments are those that the kernel passed to this handler.
    unsafe { pass_on(signal, info, context) };
}

/// # Safety
/// As for [`watch::serve`].
unsafe fn serve(address: usize, access: Option<Access>) -> bool {
    // SAFETY: the caller is a signal handler, for an access of this thread at `address`.
    let served = unsafe { watch::serve(address, access) || seal::serve(address, access) };
    #[cfg(feature = "lab")]
    // SAFETY: as above.
    let served = served || FALLBACK.get().is_some_and(|fallback| unsafe { fallback(address, access) });
    served
}

/// Returns the kind of the access that faulted, if the processor reports it.
///
/// # Safety
/// `context` must be the context that the kernel passed to the handler.
#[cfg(target_arch = "x86_64")]
unsafe fn access(context: *mut libc::c_void) -> Option<Access> {
    /// The bit of the page-fault error code that is set for a write (Intel SDM, volume 3, 4.7).
    const WRITE: i64 = 1 << 1;
    // SAFETY: the kernel passes a `ucontext_t`, which the caller hands on.
    let error = unsafe { (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs[libc::REG_ERR as usize] };
    Some(if error & WRITE != 0 { Access::Write } else { Access::Read })
}

/// Other processors do not report it.
#[cfg(not(target_arch = "x86_64"))]
unsafe fn access(_context: *mut libc::c_void) -> Option<Access> {
    None
}

/// Does what would have happened without our handler.
///
/// # Safety
/// The caller must be the handler, and the arguments those that the kernel passed to it.
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
        // A signal that was sent can be ignored, a fault cannot. The default action ends the process: the access faults
        // again, or the sent signal is raised again.
        previous => {
            if sent && previous.is_some_and(|action| action.sa_sigaction == libc::SIG_IGN) {
                return;
            }
            // SAFETY: all zeros are the default action. A handler may call both functions.
            unsafe {
                let default: libc::sigaction = mem::zeroed();
                libc::sigaction(number, &raw const default, ptr::null_mut());
                if sent {
                    libc::raise(number);
                }
            }
        }
    }
    // A previous handler, such as wasmtime's, may find that the signal was ignored before, and set it to ignored again.
    // Our handler ignores it too, but must stay installed to serve faults.
    if let Some(installed) = installed
        && current(signal).is_ok_and(|now| now.sa_sigaction == libc::SIG_IGN)
    {
        _ = exchange(signal, Some(&installed));
    }
}
