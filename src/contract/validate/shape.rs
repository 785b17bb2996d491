//! What is known of a valid contract, by index.

use wasmparser::FuncType;

use crate::contract::imports::HostFunction;
use crate::contract::metadata::Metadata;

/// What [`prepare`](crate::contract::prepare) needs to know of a valid contract.
#[derive(Debug, Default)]
pub(in crate::contract) struct Shape<'a> {
    pub metadata: Metadata,
    /// Function types by index.
    pub types: Vec<FuncType>,
    /// Imported functions, which come first in the index space of functions.
    pub imported_functions: Vec<HostFunction<'a>>,
    /// Functions with a body, in order.
    pub bodies: Vec<Body>,
    pub globals: Vec<Mutability>,
    /// The initial size of each table, in elements.
    pub tables: Vec<u64>,
}

/// Whether a global's value can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::contract) enum Mutability {
    Constant,
    Mutable,
}

/// A function with a body.
#[derive(Debug, Clone, Copy)]
pub(in crate::contract) struct Body {
    pub type_index: u32,
    /// Parameters, locals and operands that there can be at once.
    pub values: u32,
    /// Instructions of the contract.
    pub operators: u32,
    pub role: Role,
}

/// Whether a function takes part in counting call depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::contract) enum Role {
    /// It calls nothing.
    Leaf,
    Caller,
}
