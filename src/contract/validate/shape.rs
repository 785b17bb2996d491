//! The parts of a valid contract, by index.

use wasmparser::FuncType;

use crate::contract::allowed::ImportedFunction;
use crate::contract::imports::Inline;
use crate::contract::metadata::Metadata;

/// The parts of a valid contract that [`prepare`](crate::contract::prepare) needs.
#[derive(Debug, Default)]
pub(in crate::contract) struct Shape<'a> {
    pub metadata: Metadata,
    /// Function types by index.
    pub types: Vec<FuncType>,
    /// Imported functions, whose indices come first.
    pub imported_functions: Vec<ImportedFunction<'a>>,
    /// Defined functions, in order.
    pub bodies: Vec<Body>,
    pub globals: Vec<Mutability>,
    /// The initial size of each table, in elements.
    pub tables: Vec<u64>,
}

impl Shape<'_> {
    /// Returns the imported function of this index if it stands for an instruction.
    pub fn inline(&self, function: u32) -> Option<&'static Inline> {
        match self.imported_functions.get(function as usize) {
            Some(ImportedFunction::Inline(inline)) => Some(inline),
            _ => None,
        }
    }
}

/// Whether the value of a global can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::contract) enum Mutability {
    Constant,
    Mutable,
}

/// A defined function.
#[derive(Debug, Clone, Copy)]
pub(in crate::contract) struct Body {
    pub type_index: u32,
    /// Maximum number of parameters, locals and operands at once.
    pub values: u32,
    /// Number of instructions in the code as deployed.
    pub operators: u32,
    pub role: Role,
}

/// Whether a function counts call depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::contract) enum Role {
    /// The function makes no calls, so it does not count.
    Leaf,
    Caller,
}
