//! The gate to the map: every transaction of this process is inside, and the map is changed while nobody is.
//!
//! The database may not put its map elsewhere under a transaction. Who wants to change the map keeps newcomers out, waits a
//! while for those inside, and lets everybody in again if they do not leave: a thread that holds one snapshot and asks for
//! another, or commits, is delayed by that, and never stuck.

use std::ops::Deref;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long newcomers are kept out for those inside to leave.
const PATIENCE: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    inside: usize,
    /// Somebody waits for those inside to leave.
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

    /// Does something while nobody is inside. Nothing if there is somebody who does not leave soon.
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
        // Whoever comes now waits for the lock.
        let done = (state.inside == 0).then(then);
        state.closed = false;
        self.changed.notify_all();
        done
    }

    /// Does something if nobody is inside.
    pub(super) fn if_alone<T>(&self, then: impl FnOnce() -> T) -> Option<T> {
        let state = self.state();
        (state.inside == 0 && !state.closed).then(then)
    }
}

/// A place inside the gate of a database, left when it is dropped.
pub(super) struct Inside<S>(S)
where
    S: Deref<Target: AsRef<Gate>>;

impl<S: Deref<Target: AsRef<Gate>>> Inside<S> {
    pub(super) fn of(database: S) -> Self {
        database.as_ref().enter();
        Self(database)
    }

    /// The database, which is kept open.
    pub(super) fn database(&self) -> &S {
        &self.0
    }
}

impl<S: Deref<Target: AsRef<Gate>>> Drop for Inside<S> {
    fn drop(&mut self) {
        self.0.as_ref().leave();
    }
}
