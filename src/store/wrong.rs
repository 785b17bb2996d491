//! Deliberate mistakes of a store, one at a time, for the tests which show that fuzzing finds them. No program has them:
//! outside of the tests the question is answered when it is compiled.

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// The diff of the version that is kept stays when those before it are pruned.
    PruningKeepsADiff,
}

#[cfg(test)]
thread_local! {
    static MADE: std::cell::Cell<Option<Wrong>> = const { std::cell::Cell::new(None) };
}

/// Makes a mistake from now on, on this thread; or none.
#[cfg(test)]
pub(crate) fn make(wrong: Option<Wrong>) {
    MADE.set(wrong);
}

/// Whether a mistake is to be made.
#[inline(always)]
pub(super) fn is(wrong: Wrong) -> bool {
    #[cfg(test)]
    return MADE.get() == Some(wrong);
    #[cfg(not(test))]
    {
        let _ = wrong;
        false
    }
}
