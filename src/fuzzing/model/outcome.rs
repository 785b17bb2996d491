//! The end of a script.

use crate::receipt::HaltKind;

/// The end of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fuzzing) enum Outcome {
    /// It returned the accumulator, or it called `return` with output.
    Returned(Option<i64>, Vec<u8>),
    /// It called `revert` with output.
    Reverted(Vec<u8>),
    Halted(HaltKind),
}

pub(super) const TRAP: Outcome = Outcome::Halted(HaltKind::Trap);
pub(super) const REFUSED: Outcome = Outcome::Halted(HaltKind::Vmcall);
pub(super) const STATIC: Outcome = Outcome::Halted(HaltKind::StaticWrite);
