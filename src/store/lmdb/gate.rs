//! The gate to the LMDB map. Every transaction of this process is inside the gate, and the map is resized only while none is.
//!
//! LMDB must not move its map during a transaction. A thread that wants to resize the map closes the gate and waits for the
//! transactions inside. If they do not end in time, it opens the gate again without a resize. So a thread that holds one snapshot
//! and takes another, or commits, is delayed, but never deadlocks.

use std::ops::Deref;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time for which the gate stays closed to wait for the transactions inside.
const PATIENCE: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    inside: usize,
    /// True while a thread waits for the transactions inside to end.
    closed: bool,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self) {
        let mut state = self.state();
        while state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.inside += 1;
    }

    fn leave(&self) {
        let mut state = self.state();
        state.inside -= 1;
        if state.inside == 0 && state.closed {
            self.changed.notify_all();
        }
    }

    /// Runs `then` while no transaction is inside. Returns `None` if those inside do not end in time.
    pub(super) fn alone<T>(&self, then: impl FnOnce() -> T) -> Option<T> {
        let mut state = self.state();
        while state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.closed = true;
        let end = Instant::now() + PATIENCE;
        while state.inside > 0
            && let Some(left) = end.checked_duration_since(Instant::now())
        {
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        // The state stays locked during `then`, so no transaction can enter.
        let done = (state.inside == 0).then(then);
        state.closed = false;
        self.changed.notify_all();
        done
    }

    /// Runs `then` if no transaction is inside. Otherwise returns `None` at once.
    pub(super) fn if_alone<T>(&self, then: impl FnOnce() -> T) -> Option<T> {
        let state = self.state();
        (state.inside == 0 && !state.closed).then(then)
    }
}

/// Keeps a transaction inside the gate of an LMDB environment until it is dropped.
pub(super) struct Inside<S>(S)
where
    S: Deref<Target: AsRef<Gate>>;

impl<S: Deref<Target: AsRef<Gate>>> Inside<S> {
    pub(super) fn of(database: S) -> Self {
        database.as_ref().enter();
        Self(database)
    }

    /// Returns the LMDB environment, which stays open.
    pub(super) fn database(&self) -> &S {
        &self.0
    }
}

impl<S: Deref<Target: AsRef<Gate>>> Drop for Inside<S> {
    fn drop(&mut self) {
        self.0.as_ref().leave();
    }
}
