//! Why a contract is refused, or cannot be compiled.

use std::fmt;

use crate::failure::FailureKind;
use crate::limits::MAX_IMPORT_PRICE;
use crate::units::{CodeHash, Gas};

/// Where in a contract's code something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Bytes from the start of the module.
    pub offset: usize,
    /// The function's index (imports count), when it is in a function's body.
    pub function: Option<u32>,
}

impl Place {
    /// A place outside of function bodies.
    pub fn at(offset: usize) -> Self {
        Self { offset, function: None }
    }

    /// A place in the body of a function.
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

/// A function of an embedder's own that contracts cannot import.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the function {name:?} of module {module:?} cannot be imported: {reason}")]
#[non_exhaustive]
pub struct ImportError {
    /// Its module.
    pub module: String,
    /// Its name.
    pub name: String,
    /// What is wrong with it.
    pub reason: ImportRefusal,
}

/// What is wrong with a function that contracts are to import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportRefusal {
    /// The module or the name is empty.
    #[error("neither name may be empty")]
    Empty,
    /// The module begins with the reserved prefix.
    #[error("the prefix `vellum:` is reserved; choose another module")]
    Reserved,
    /// Every virtual machine has an import of that name.
    #[error("every virtual machine has an import of that name; choose another name or module")]
    Ours,
    /// The name was given to two functions.
    #[error("it is there twice; a name means one function")]
    Twice,
    /// The price is too low or too high.
    #[error("its price is {0}; it must be 1 to {MAX_IMPORT_PRICE}")]
    Price(Gas),
}

/// Why a contract is refused, or cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContractError {
    /// Neither the binary format nor text.
    #[error("not WebAssembly: it begins neither with \\0asm nor with text ({found} bytes)")]
    NotWasm {
        /// Bytes given.
        found: usize,
    },
    /// The text format does not parse.
    #[error("not valid WebAssembly text: {message}")]
    Text {
        /// What the parser says, with line and column.
        message: String,
    },
    /// The binary does not parse or validate.
    #[error("not valid WebAssembly: {message} ({place})")]
    Invalid {
        /// What the validator says.
        message: String,
        /// Where.
        place: Place,
    },
    /// A feature of WebAssembly that contracts may not use.
    #[error("{feature} may not be used in a contract: {message} ({place})")]
    Feature {
        /// The feature's name.
        feature: &'static str,
        /// What uses it.
        message: String,
        /// Where.
        place: Place,
    },
    /// More of something than a fixed limit allows.
    #[error("{what}: {found}, the limit is {limit} ({place})")]
    Limit {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many there may be.
        limit: u64,
        /// Where.
        place: Place,
    },
    /// A name that begins with the reserved prefix.
    #[error("the {kind} {name:?} has the reserved prefix `vellum:`; choose another name")]
    ReservedName {
        /// What is named: an import module, or an export.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// An import that does not exist.
    #[error("import {module:?} {name:?} of type {found} is not known; the nearest known is {nearest}")]
    UnknownImport {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
        /// The type it is imported with.
        found: String,
        /// The known import whose name is nearest, with its type.
        nearest: String,
    },
    /// A known import with another type.
    #[error("import {module:?} {name:?} has type {found}, it should be {expected}")]
    ImportType {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
        /// The type it is imported with.
        found: String,
        /// The type, or types, that it has.
        expected: String,
    },
    /// The storage memory is imported more than once.
    #[error("import \"storage\" \"memory\" is there twice; a contract has one storage")]
    StorageTwice,
    /// An exported function has a parameter or result that a call cannot pass.
    #[error("the exported function {name:?} has type {found}; parameters and results may be i32 and i64 only")]
    ExportType {
        /// The export's name.
        name: String,
        /// Its type.
        found: String,
    },
    /// An active data segment would write the storage memory at every call.
    #[error("data segment {segment} is active and writes the storage memory; make it passive and use memory.init")]
    SegmentInStorage {
        /// The segment's index.
        segment: u32,
    },
    /// An active segment does not fit into its memory or table, so that no instance could ever be made.
    #[error("{kind} segment {segment} covers {start} to {end}, its {target} has {size} {unit} at the start")]
    SegmentOutOfBounds {
        /// Data or element.
        kind: &'static str,
        /// The segment's index.
        segment: u32,
        /// Where it begins.
        start: u64,
        /// Where it ends.
        end: u64,
        /// Memory or table.
        target: &'static str,
        /// The initial size of the target.
        size: u64,
        /// What the numbers count.
        unit: &'static str,
    },
    /// The code given is not the code that was asked for.
    #[error("the code has hash {found}, it should have {expected}")]
    CodeHash {
        /// The hash asked for.
        expected: CodeHash,
        /// The hash of the code given.
        found: CodeHash,
    },
    /// The compiler refuses the prepared module.
    #[error("the contract does not compile: {message}")]
    Compile {
        /// What the compiler says.
        message: String,
    },
}

impl ContractError {
    /// What the failure is about.
    pub fn kind(&self) -> FailureKind {
        match self {
            // The code of a contract that was deployed is another one now.
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
            | Self::ExportType { .. }
            | Self::SegmentInStorage { .. }
            | Self::SegmentOutOfBounds { .. }
            | Self::Compile { .. } => FailureKind::Contract,
        }
    }
}
