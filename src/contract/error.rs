//! Errors of contracts that are refused or cannot be compiled.

use std::fmt;

use crate::failure::FailureKind;
use crate::limits::MAX_IMPORT_PRICE;
use crate::units::{CodeHash, Gas};

/// A place in a contract's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Bytes from the start of the module.
    pub offset: usize,
    /// The index of the function, counting imports, if the place is in the body of a function.
    pub function: Option<u32>,
}

impl Place {
    /// Returns a place outside of function bodies.
    pub fn at(offset: usize) -> Self {
        Self { offset, function: None }
    }

    /// Returns a place in the body of a function.
    pub fn in_function(function: u32, offset: usize) -> Self {
        Self { offset, function: Some(function) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function {
            Some(function) => write!(f, "in function {function} at offset {:#x}", self.offset),
            None => write!(f, "at offset {:#x}", self.offset),
        }
    }
}

/// A custom host function that contracts cannot import.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the function {name:?} of module {module:?} cannot be imported: {reason}")]
#[non_exhaustive]
pub struct ImportError {
    /// The module of the function.
    pub module: String,
    /// The name of the function.
    pub name: String,
    /// Why it cannot be imported.
    pub reason: ImportRefusal,
}

/// Why a custom host function cannot be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportRefusal {
    /// The module or the name is empty.
    #[error("neither name may be empty")]
    Empty,
    /// The module has the reserved prefix.
    #[error("the prefix `vellum:` is reserved; choose another module")]
    Reserved,
    /// Every VM has an import of that name.
    #[error("every VM has an import of that name; choose another name or module")]
    Ours,
    /// Two functions have this name.
    #[error("the name is given twice; each function needs its own name")]
    Twice,
    /// The price is too low or too high.
    #[error("its price is {0}; it must be 1 to {MAX_IMPORT_PRICE}")]
    Price(Gas),
}

/// Why a contract is refused or cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContractError {
    /// The code is neither in the binary format nor in the text format.
    #[error("not WebAssembly: it begins neither with \\0asm nor with text ({found} bytes)")]
    NotWasm {
        /// Size of the code in bytes.
        found: usize,
    },
    /// The text format does not parse.
    #[error("not valid WebAssembly text: {message}")]
    Text {
        /// The place, the message of the parser and a part of the line.
        message: String,
    },
    /// The binary does not parse or validate.
    #[error("not valid WebAssembly: {message} ({place})")]
    Invalid {
        /// The message of the validator.
        message: String,
        /// The place in the code.
        place: Place,
    },
    /// The contract uses a feature of WebAssembly that contracts may not use.
    #[error("{feature} may not be used in a contract: {message} ({place})")]
    Feature {
        /// The name of the feature.
        feature: &'static str,
        /// The message of the validator.
        message: String,
        /// The place in the code.
        place: Place,
    },
    /// The contract exceeds a fixed limit.
    #[error("{what}: {found}, the limit is {limit} ({place})")]
    Limit {
        /// The name of the counted items.
        what: &'static str,
        /// The number of items.
        found: u64,
        /// The maximum.
        limit: u64,
        /// The place in the code.
        place: Place,
    },
    /// A name has the reserved prefix.
    #[error("the {kind} {name:?} has the reserved prefix `vellum:`; choose another name")]
    ReservedName {
        /// The named item: an import module or an export.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// An import is unknown.
    #[error("unknown import {module:?} {name:?} of type {found}; {advice}")]
    UnknownImport {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
        /// The type it is imported with.
        found: String,
        /// What to import or do instead.
        advice: String,
    },
    /// A known import has another type.
    #[error("import {module:?} {name:?} has type {found}; it must be {expected}")]
    ImportType {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
        /// The type it is imported with.
        found: String,
        /// The allowed type or types.
        expected: String,
    },
    /// The storage memory is imported more than once.
    #[error("\"storage\" \"memory\" is imported twice; a contract has one storage")]
    StorageTwice,
    /// The contract asks for two forms of storage.
    #[error(
        "the contract imports \"storage\" {first:?} and \"storage\" {second:?}, which belong to two forms of storage; a contract has one"
    )]
    StorageForms {
        /// The name of the first import.
        first: &'static str,
        /// The name of the other one.
        second: &'static str,
    },
    /// The contract imports a function that needs an own memory, and has none.
    #[error("\"storage\" {name:?} needs a memory of the contract's own; define one")]
    NoOwnMemory {
        /// The name of the import.
        name: &'static str,
    },
    /// A function that stands for an instruction is used in another way than by a direct call.
    #[error("\"storage\" {name:?} stands for an instruction, so it can only be called directly: not be {how}")]
    InlineReference {
        /// The name of the import.
        name: &'static str,
        /// How it is used.
        how: &'static str,
    },
    /// An exported function has a parameter or result that a call cannot pass.
    #[error("the exported function {name:?} has type {found}; its parameters and results must be i32 or i64")]
    ExportType {
        /// The export's name.
        name: String,
        /// Its type.
        found: String,
    },
    /// An active data segment would write the storage memory whenever an instance is made.
    #[error("data segment {segment} is active and writes the storage memory; make it passive and use memory.init")]
    SegmentInStorage {
        /// The segment's index.
        segment: u32,
    },
    /// An active segment does not fit into its memory or table, so no instance could ever be made.
    #[error("{kind} segment {segment} covers {start} to {end}, but its {target} has {size} {unit} initially")]
    SegmentOutOfBounds {
        /// "data" or "element".
        kind: &'static str,
        /// The segment's index.
        segment: u32,
        /// The start of the segment.
        start: u64,
        /// The end of the segment.
        end: u64,
        /// "memory" or "table".
        target: &'static str,
        /// The initial size of the target.
        size: u64,
        /// The unit of the numbers.
        unit: &'static str,
    },
    /// The code is not the requested code.
    #[error("the code has hash {found}; it must have {expected}")]
    CodeHash {
        /// The requested hash.
        expected: CodeHash,
        /// The hash of the code.
        found: CodeHash,
    },
    /// The compiler refuses the prepared module.
    #[error("the contract does not compile: {message}")]
    Compile {
        /// The message of the compiler.
        message: String,
    },
}

impl ContractError {
    /// Returns the kind of failure.
    pub fn kind(&self) -> FailureKind {
        match self {
            // The stored code is not the code that was deployed.
            Self::CodeHash { .. } => FailureKind::Damaged,
            Self::NotWasm { .. }
            | Self::Text { .. }
            | Self::Invalid { .. }
            | Self::Feature { .. }
            | Self::Limit { .. }
            | Self::ReservedName { .. }
            | Self::UnknownImport { .. }
            | Self::ImportType { .. }
            | Self::StorageTwice
            | Self::StorageForms { .. }
            | Self::NoOwnMemory { .. }
            | Self::InlineReference { .. }
            | Self::ExportType { .. }
            | Self::SegmentInStorage { .. }
            | Self::SegmentOutOfBounds { .. }
            | Self::Compile { .. } => FailureKind::Contract,
        }
    }
}
