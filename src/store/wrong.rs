//! Deliberate mistakes of a store (see `crate::wrong`).

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// The diff of the version that is kept stays when those before it are pruned.
    PruningKeepsADiff,
    /// A group that was late before the commit is not named again.
    LateGroupsAreForgotten,
}

crate::wrong::switch_of!(Wrong);
