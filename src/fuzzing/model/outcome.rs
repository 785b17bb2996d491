//! How a script ends.

use crate::receipt::HaltKind;

/// How a script ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fuzzing) enum Outcome {
    /// With the accumulator as its result, or with output.
    Returned(Option<i64>, Vec<u8>),
    /// With output.
    Reverted(Vec<u8>),
    Halted(HaltKind),
}

pub(super) const TRAP: Outcome = Outcome::Halted(HaltKind::Trap);
pub(super) const REFUSED: Outcome = Outcome::Halted(HaltKind::Vmcall);
pub(super) const STATIC: Outcome = Outcome::Halted(HaltKind::StaticWrite);
