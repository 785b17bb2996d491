//! Applications with their own signal handlers, installed before or after ours.

use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::child::{self, CounterVm, Task, ready};
use super::signals::write_to_nowhere;
use crate::units::PAGE_SIZE;

pub(super) const TASKS: &[Task] = &[
    ("handlers before ours", || handlers_before_ours(detailed())),
    ("simple handlers before ours", || handlers_before_ours(simple())),
    ("handlers after ours", handlers_after_ours),
    ("signals ignored before ours", signals_ignored_before_ours),
    ("a fault of signals ignored before ours", || dispositions_before_ours(libc::SIG_IGN, write_to_nowhere)),
    ("a fault of signals by default", || dispositions_before_ours(libc::SIG_DFL, write_to_nowhere)),
    ("all signals blocked", all_signals_blocked),
    ("SIGBUS sent by default", || dispositions_before_ours(libc::SIG_DFL, end_by_a_bus_error)),
];

const SIGNALS: [libc::c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

/// The address of a page of the application. Its handlers resolve faults in this page.
static PAGE: AtomicUsize = AtomicUsize::new(0);

/// Number of faults that the handlers have resolved.
static CAUGHT: AtomicUsize = AtomicUsize::new(0);

/// The action to which the handlers pass on, for each signal.
static NEXT: [AtomicPtr<libc::sigaction>; 2] = [const { AtomicPtr::new(ptr::null_mut()) }; 2];

fn resolve() {
    if CAUGHT.fetch_add(1, Ordering::SeqCst) > 100 {
        // SAFETY: ends the process: the handlers pass the fault round in circles.
        unsafe { libc::_exit(98) };
    }
    let rights = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: the page belongs to the application, and no reference to it exists.
    unsafe { libc::mprotect(ptr::with_exposed_provenance_mut(PAGE.load(Ordering::SeqCst)), PAGE_SIZE, rights) };
}

extern "C" fn simple_handler(_signal: libc::c_int) {
    resolve();
}

extern "C" fn detailed_handler(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    type Detailed = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
    // SAFETY: the kernel gives a handler with SA_SIGINFO a valid pointer.
    let address = unsafe { (*info).si_addr().addr() };
    if address.wrapping_sub(PAGE.load(Ordering::SeqCst)) < PAGE_SIZE {
        return resolve();
    }
    let next = NEXT[usize::from(signal == libc::SIGBUS)].load(Ordering::SeqCst);
    // SAFETY: null or a leaked value.
    match unsafe { next.as_ref() } {
        Some(next) if next.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: an action with SA_SIGINFO holds a function of this type.
            unsafe { mem::transmute::<usize, Detailed>(next.sa_sigaction)(signal, info, context) };
        }
        // SAFETY: ends the process: no handler resolves this fault.
        _ => unsafe { libc::_exit(99) },
    }
}

fn action(handler: usize, flags: libc::c_int) -> libc::sigaction {
    // SAFETY: all zeros are a valid `sigaction`.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    (action.sa_sigaction, action.sa_flags) = (handler, flags);
    action
}

fn detailed() -> libc::sigaction {
    action(detailed_handler as *const () as usize, libc::SA_SIGINFO | libc::SA_ONSTACK)
}

fn simple() -> libc::sigaction {
    action(simple_handler as *const () as usize, libc::SA_ONSTACK)
}

/// Sets the action of both signals, if one is given. Returns the previous actions.
fn exchange(new: Option<&libc::sigaction>) -> [libc::sigaction; 2] {
    SIGNALS.map(|signal| {
        let mut before = action(0, 0);
        let new = new.map_or(ptr::null(), ptr::from_ref);
        // SAFETY: all callers pass an action with a handler of the right type, or without a handler.
        assert_eq!(unsafe { libc::sigaction(signal, new, &raw mut before) }, 0);
        before
    })
}

fn handlers() -> [usize; 2] {
    exchange(None).map(|action| action.sa_sigaction)
}

/// Maps the application's page.
fn map_page() {
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping.
    let page = unsafe { libc::mmap(ptr::null_mut(), PAGE_SIZE, libc::PROT_NONE, kind, -1, 0) };
    assert_ne!(page, libc::MAP_FAILED);
    PAGE.store(page.expose_provenance(), Ordering::SeqCst);
}

/// Causes a fault of the application, which its handler resolves.
fn fault() {
    let (page, before) = (PAGE.load(Ordering::SeqCst), CAUGHT.load(Ordering::SeqCst));
    let page = ptr::with_exposed_provenance_mut::<libc::c_void>(page);
    // SAFETY: the page belongs to the application. The write succeeds once the handler has made the page writable.
    unsafe {
        libc::mprotect(page, PAGE_SIZE, libc::PROT_NONE);
        page.cast::<u8>().write_volatile(1);
    }
    assert_eq!(CAUGHT.load(Ordering::SeqCst), before + 1);
}

fn send(signal: libc::c_int) {
    // A signal to the process could arrive at any later time.
    // SAFETY: sends a signal to this thread.
    unsafe { libc::raise(signal) };
}

/// Sends one SIGBUS, which must end the process.
fn end_by_a_bus_error() {
    send(libc::SIGBUS);
    // SAFETY: ends the process.
    unsafe { libc::_exit(97) };
}

fn handlers_before_ours(handler: libc::sigaction) {
    map_page();
    exchange(Some(&handler));
    fault();
    let mut counter = CounterVm::new();
    // wasmtime's handler for segmentation faults, which stays, and the application's for bus errors.
    let without_ours = handlers();
    assert_eq!(without_ours[1], handler.sa_sigaction);
    for _ in 0..3 {
        counter.call_all();
        fault();
        counter.call_all();
        drop(counter);
        assert_eq!(handlers(), without_ours, "ours are removed");
        fault();
        counter = CounterVm::new();
    }
}

fn handlers_after_ours() {
    map_page();
    let mut counter = CounterVm::new();
    counter.call_all();
    for (next, before) in NEXT.iter().zip(exchange(Some(&detailed()))) {
        next.store(Box::leak(Box::new(before)), Ordering::SeqCst);
    }
    for _ in 0..3 {
        counter.call_all();
        fault();
        drop(counter);
        assert_eq!(handlers(), [detailed().sa_sigaction; 2], "the application's stay installed");
        fault();
        counter = CounterVm::new();
        counter.call_all();
        fault();
    }
    ready();
    // All handlers see the fault once, and none passes it back.
    write_to_nowhere();
}

fn signals_ignored_before_ours() {
    exchange(Some(&action(libc::SIG_IGN, 0)));
    let mut counter = CounterVm::new();
    counter.call_all();
    for _ in 0..3 {
        SIGNALS.into_iter().for_each(send);
        counter.call_all();
    }
    drop(counter);
    SIGNALS.into_iter().for_each(send);
}

/// Models an application in which one thread takes all signals and the others block them.
fn all_signals_blocked() {
    let mut counter = CounterVm::new();
    // SAFETY: all zeros are a valid set of signals, and the pointers refer to local sets.
    let blocked = |how: Option<libc::c_int>| unsafe {
        let (mut all, mut before): (libc::sigset_t, libc::sigset_t) = (mem::zeroed(), mem::zeroed());
        libc::sigfillset(&raw mut all);
        let all = if how.is_some() { &raw const all } else { ptr::null() };
        libc::pthread_sigmask(how.unwrap_or(libc::SIG_BLOCK), all, &raw mut before);
        SIGNALS.map(|signal| libc::sigismember(&raw const before, signal) == 1)
    };
    blocked(Some(libc::SIG_BLOCK));
    counter.call_all();
    assert_eq!(blocked(None), [true; 2], "the thread blocks what it blocked before");
    blocked(Some(libc::SIG_UNBLOCK));
    counter.call_all();
    assert_eq!(blocked(None), [false; 2]);
}

fn dispositions_before_ours(disposition: usize, work: fn()) {
    exchange(Some(&action(disposition, 0)));
    let mut counter = CounterVm::new();
    counter.call_all();
    ready();
    work();
    counter.call_all();
}

#[test]
fn handlers_installed_before_ours_get_their_faults_and_are_current_again_when_ours_are_removed() {
    child::succeed("handlers before ours");
    child::succeed("simple handlers before ours");
}

#[test]
fn handlers_installed_after_ours_pass_on_to_ours_and_stay() {
    child::die("handlers after ours", libc::SIGSEGV);
}

#[test]
fn ignored_signals_stay_ignored_and_faults_are_served() {
    child::succeed("signals ignored before ours");
    child::die("a fault of signals ignored before ours", libc::SIGSEGV);
}

#[test]
fn a_thread_that_blocks_all_signals_has_its_faults_served() {
    child::succeed("all signals blocked");
}

#[test]
fn signals_that_end_the_process_by_default_still_do() {
    child::die("a fault of signals by default", libc::SIGSEGV);
    child::die("SIGBUS sent by default", libc::SIGBUS);
}
