//! Deliberate mistakes, one at a time, for the tests which show that fuzzing finds each. No program has them: outside of the
//! tests the question whether to make one is answered when it is compiled.

/// Defines the switch of an enum of mistakes.
macro_rules! switch_of {
    ($Wrong:ty) => {
        #[cfg(test)]
        thread_local! {
            static MADE: std::cell::Cell<Option<$Wrong>> = const { std::cell::Cell::new(None) };
        }

        /// Makes a mistake from now on, on this thread; or none.
        #[cfg(test)]
        pub(crate) fn make(wrong: Option<$Wrong>) {
            MADE.set(wrong);
        }

        /// Whether a mistake is to be made.
        #[inline(always)]
        pub(crate) fn is(wrong: $Wrong) -> bool {
            #[cfg(test)]
            return MADE.get() == Some(wrong);
            #[cfg(not(test))]
            {
                let _ = wrong;
                false
            }
        }
    };
}

pub(crate) use switch_of;
