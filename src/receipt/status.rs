//! The status of a call that has ended.

use std::fmt::{self, Write as _};

use crate::paging::PagingError;

/// The end of a call. As JSON it is `{"status": NAME, "halt": null or the halt}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "super::document::StatusDocument", try_from = "super::document::StatusDocument")
)]
pub enum Status {
    /// The call returned: its effects are kept.
    Returned,
    /// The contract asked for its effects to be undone.
    Reverted,
    /// The call could not continue.
    Halted(Halt),
}

impl Status {
    /// Returns the name in receipts, without the reason of a halt.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Reverted => "reverted",
            Self::Halted(_) => "halted",
        }
    }

    /// Returns why the call halted; `None` if it did not.
    pub fn halt(&self) -> Option<&Halt> {
        match self {
            Self::Halted(halt) => Some(halt),
            Self::Returned | Self::Reverted => None,
        }
    }
}

/// Why a call halted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Halt {
    /// The kind, from a closed list.
    pub kind: HaltKind,
    /// The reason in words.
    pub message: String,
}

/// The kinds of a halt, a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum HaltKind {
    /// A wasm trap.
    Trap,
    /// The call ran out of gas.
    OutOfGas,
    /// Functions or nested calls exceeded the call depth.
    CallDepth,
    /// A static call tried to write storage, transfer value or emit an event.
    StaticWrite,
    /// A host function refused its arguments.
    Vmcall,
    /// A fixed limit was reached.
    Limit,
    /// The store failed during the call.
    Store,
}

impl HaltKind {
    /// All kinds. Records store a kind as its index in this list.
    pub const ALL: [Self; 7] =
        [Self::Trap, Self::OutOfGas, Self::CallDepth, Self::StaticWrite, Self::Vmcall, Self::Limit, Self::Store];

    /// Returns the name in receipts.
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
    /// Returns the halt of code that ran out of gas.
    #[cold]
    pub(crate) fn out_of_gas() -> Self {
        Self { kind: HaltKind::OutOfGas, message: "the gas given does not suffice".to_owned() }
    }
}

/// Converts the failure to make a page ready into the halt of the call that touched it.
impl From<PagingError> for Halt {
    fn from(error: PagingError) -> Self {
        let kind = match error {
            PagingError::Store(_) | PagingError::BeyondLimit { .. } => HaltKind::Store,
            PagingError::Budget { .. } | PagingError::Memory(_) => HaltKind::Limit,
        };
        Self { kind, message: error.to_string() }
    }
}
