//! How a call ends.

use std::fmt::{self, Write as _};

use crate::paging::PagingError;

/// How a call ended. As JSON it is `{"status": NAME, "halt": null or the halt}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "super::document::Ending", try_from = "super::document::Ending")
)]
pub enum Status {
    /// It returned: its effects are kept.
    Returned,
    /// It asked to be undone.
    Reverted,
    /// It could not go on.
    Halted(Halt),
}

impl Status {
    /// The name in receipts, without the reason of a halt.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Reverted => "reverted",
            Self::Halted(_) => "halted",
        }
    }

    /// Why the call could not go on, if it could not.
    pub fn halt(&self) -> Option<&Halt> {
        match self {
            Self::Halted(halt) => Some(halt),
            Self::Returned | Self::Reverted => None,
        }
    }
}

/// Why a call could not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Halt {
    /// Which of the closed list of reasons.
    pub kind: HaltKind,
    /// The reason in words, naming the thing.
    pub message: String,
}

/// The closed list of reasons for a halt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum HaltKind {
    /// A wasm trap.
    Trap,
    /// The gas did not suffice.
    OutOfGas,
    /// Calls nested too deeply.
    CallDepth,
    /// A write in a call that may only read.
    StaticWrite,
    /// A host call was refused: an argument out of range.
    Vmcall,
    /// A fixed limit was reached.
    Limit,
    /// The store failed under the call.
    Store,
}

impl HaltKind {
    /// All of them; records number them by their place here.
    pub const ALL: [Self; 7] =
        [Self::Trap, Self::OutOfGas, Self::CallDepth, Self::StaticWrite, Self::Vmcall, Self::Limit, Self::Store];

    /// The name in receipts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::OutOfGas => "out_of_gas",
            Self::CallDepth => "call_depth",
            Self::StaticWrite => "static_write",
            Self::Vmcall => "vmcall",
            Self::Limit => "limit",
            Self::Store => "store",
        }
    }
}

/// The kind and the reason as one line. A contract may have given the reason, so what does not print is escaped.
impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.kind.name())?;
        self.message.chars().try_for_each(|character| match character {
            // What Rust's own form would escape, though it prints.
            '\\' | '\'' | '"' => f.write_char(character),
            character => character.escape_debug().fmt(f),
        })
    }
}

impl Halt {
    /// The gas did not suffice for the code.
    #[cold]
    pub(crate) fn out_of_gas() -> Self {
        Self { kind: HaltKind::OutOfGas, message: "the gas given does not suffice".to_owned() }
    }
}

/// A page that cannot be presented to the code that touches it.
impl From<PagingError> for Halt {
    fn from(error: PagingError) -> Self {
        let kind = match error {
            PagingError::Store(_) | PagingError::BeyondLimit { .. } => HaltKind::Store,
            PagingError::Budget { .. } | PagingError::Memory(_) => HaltKind::Limit,
        };
        Self { kind, message: error.to_string() }
    }
}
