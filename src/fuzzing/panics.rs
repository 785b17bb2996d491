//! Panics as ordinary failures. A fuzzer that ends with the panic can neither shrink the failing input nor save it.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    /// The place in the source of this thread's last panic.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Installs a panic hook once. It notes the place, and then calls the previous hook unless the thread is quiet.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PLACE.set(info.location().map(ToString::to_string));
            if !QUIET.get() {
                previous(info);
            }
        }));
    });
}

/// Calls `run` and turns a panic into an error with its message and place. After a panic the caller drops what `run` worked on.
pub(super) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    install_hook();
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a message");
        match PLACE.take() {
            Some(place) => format!("it panics at {place}: {text}"),
            None => format!("it panics: {text}"),
        }
    })
}

/// Calls `run` without printing panic messages of this thread. Shrinking repeats the same panic many times.
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

/// Wraps `run` so that it is quiet on another thread if this thread is quiet.
pub(super) fn as_quiet_as_here<T>(run: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let quiet = QUIET.get();
    move || if quiet { quietly(run) } else { run() }
}
