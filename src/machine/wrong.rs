//! Deliberate mistakes of a transaction (see `crate::wrong`).

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A failed call is not undone.
    UndoNothing,
    /// The entries of the journal are undone oldest first, so that the latest bytes stay.
    UndoOldestFirst,
    /// Only the contract that made the call is put back.
    UndoCallerOnly,
    /// Every page that a nested call writes is taken for clean before.
    PreImageIsCommitted,
    /// A page that was written before in the transaction is not noted again.
    NotesOnlyClean,
    /// A call that succeeds drops what it noted, though its caller may fail.
    SuccessDropsNotes,
    /// The late pagers' mark holds nothing.
    LateMarkIsEmpty,
    /// The late pagers put back the pages of the mark only.
    LateUndoMissesNew,
    /// A call that may only read may write.
    StaticWrites,
    /// What a call that may only read calls may write.
    StaticIsNotInherited,
    /// The page table of a call is used by the next as it is.
    PageTableIsKept,
    /// Globals are not put back.
    GlobalsAreKept,
    /// Only the contract of the top-level call is committed.
    CommitsFirstOnly,
    /// What a call gave back is left when the next gives nothing.
    OutputIsKept,
    /// What a window has changed does not go to storage before a call.
    WindowNotGiven,
    /// A window does not show what a call has written.
    WindowNotTaken,
    /// At the return a window overwrites all its bytes, those too that it did not change.
    WindowGivesAll,
    /// Balances are not put back.
    MoneyIsNotUndone,
    /// Events are not cut off.
    EventsAreNotUndone,
    /// The receiver gets money that the sender keeps.
    MoneyIsMade,
    /// A contract that refuses to be entered twice may be.
    LockIsIgnored,
    /// A call gets all the gas that is left, whatever was asked for.
    GasIsNotLimited,
    /// The bytes of registers are kept for the next call.
    RegistersAreKept,
    /// A call that may only read panics.
    StaticCallPanics,
}

#[cfg(test)]
impl Wrong {
    /// All of them.
    pub(crate) const ALL: [Self; 24] = [
        Self::UndoNothing,
        Self::UndoOldestFirst,
        Self::UndoCallerOnly,
        Self::PreImageIsCommitted,
        Self::NotesOnlyClean,
        Self::SuccessDropsNotes,
        Self::LateMarkIsEmpty,
        Self::LateUndoMissesNew,
        Self::StaticWrites,
        Self::StaticIsNotInherited,
        Self::PageTableIsKept,
        Self::GlobalsAreKept,
        Self::CommitsFirstOnly,
        Self::OutputIsKept,
        Self::WindowNotGiven,
        Self::WindowNotTaken,
        Self::WindowGivesAll,
        Self::MoneyIsNotUndone,
        Self::EventsAreNotUndone,
        Self::MoneyIsMade,
        Self::LockIsIgnored,
        Self::GasIsNotLimited,
        Self::RegistersAreKept,
        Self::StaticCallPanics,
    ];
}

crate::wrong::switch_of!(Wrong);
