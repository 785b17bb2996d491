//! Panics as failures like any other: a fuzzer that dies of what it has found can neither make it small nor save it.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    /// Where the last panic of this thread was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Puts a hook before the one that is there, which notes where a panic is and is still while it should be.
fn put_hook() {
    static PUT: Once = Once::new();
    PUT.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PLACE.set(info.location().map(ToString::to_string));
            if !QUIET.get() {
                before(info);
            }
        }));
    });
}

/// Runs something whose panic is an error, with its message and place. What it has worked on is not to be used again.
pub(super) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    put_hook();
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a message");
        match PLACE.take() {
            Some(place) => format!("it panics at {place}: {text}"),
            None => format!("it panics: {text}"),
        }
    })
}

/// Runs something again and again that panics, on this thread, without a message each time.
pub(super) fn quietly<T>(run: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            QUIET.set(self.0);
        }
    }
    let _restore = Restore(QUIET.replace(true));
    run()
}

/// What is run on another thread is quiet if it is quiet here.
pub(super) fn as_quiet_as_here<T>(run: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let quiet = QUIET.get();
    move || if quiet { quietly(run) } else { run() }
}
