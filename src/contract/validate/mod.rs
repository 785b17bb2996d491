//! Whether a module may be a contract, and what the rest of this layer needs to know of it.
//!
//! Cheap things come first: sizes and counts are compared with `limits` before the items counted are read, so that a
//! hostile module costs no more than its length.

mod code;
mod features;
mod sections;
mod segments;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use wasmparser::{Encoding, FuncType, Parser, Payload, Validator};

use super::error::{ContractError, Place};
use super::imports::HostFunction;
use super::metadata::Metadata;
use crate::limits;

use features::FEATURES;
pub(super) use features::PREPARED_FEATURES;

/// What [`prepare`](super::prepare) needs to know of a valid contract.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub metadata: Metadata,
    /// Function types by index.
    pub types: Vec<FuncType>,
    /// Imported functions, which come first in the index space of functions.
    pub imported_functions: Vec<&'static HostFunction>,
    /// Functions with a body, in order.
    pub bodies: Vec<Body>,
    pub globals: Vec<Mutability>,
    /// The initial size of each table, in elements.
    pub tables: Vec<u64>,
}

/// Whether a global's value can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mutability {
    Constant,
    Mutable,
}

/// A function with a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body {
    pub type_index: u32,
    /// Parameters, locals and operands that there can be at once.
    pub values: u32,
    /// Instructions of the contract.
    pub operators: u32,
    pub role: Role,
}

/// Whether a function takes part in counting call depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It calls nothing.
    Leaf,
    Caller,
}

/// Contract code in the binary format: text is encoded, binary is given back as it is.
///
/// # Errors
/// [`ContractError::NotWasm`], [`ContractError::Text`], and [`ContractError::Limit`] for code over the size limit.
pub fn to_binary(code: &[u8]) -> Result<Cow<'_, [u8]>, ContractError> {
    check_size(code)?;
    if code.starts_with(b"\0asm") {
        return Ok(Cow::Borrowed(code));
    }
    let looks_like_text = code.trim_ascii_start().starts_with(b"(") || code.trim_ascii_start().starts_with(b";;");
    match std::str::from_utf8(code) {
        Ok(text) if looks_like_text => {
            wat::parse_str(text).map(Cow::Owned).map_err(|error| ContractError::Text { message: error.to_string() })
        }
        _ => Err(ContractError::NotWasm { found: code.len() }),
    }
}

/// Checks that a module in the binary format may be a contract, and says what is known of it.
///
/// # Errors
/// The first thing found that a contract may not have.
pub fn validate(wasm: &[u8]) -> Result<Metadata, ContractError> {
    inspect(wasm).map(|shape| shape.metadata)
}

pub(super) fn inspect(wasm: &[u8]) -> Result<Shape, ContractError> {
    check_size(wasm)?;
    if !wasm.starts_with(b"\0asm") {
        return Err(ContractError::NotWasm { found: wasm.len() });
    }
    let mut inspector = Inspector::new(wasm);
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(|error| inspector.invalid(&error, None))?;
        inspector.payload(&payload)?;
    }
    Ok(inspector.shape)
}

fn check_size(code: &[u8]) -> Result<(), ContractError> {
    limit("bytes of the contract", code.len() as u64, limits::MAX_MODULE_BYTES as u64, Place::at(0))
}

fn limit(what: &'static str, found: u64, limit: u64, place: Place) -> Result<(), ContractError> {
    if found > limit { Err(ContractError::Limit { what, found, limit, place }) } else { Ok(()) }
}

/// Walks the module once.
struct Inspector<'a> {
    wasm: &'a [u8],
    validator: Validator,
    allocations: wasmparser::FuncValidatorAllocations,
    shape: Shape,
    /// Types of the imported functions.
    imported_types: Vec<u32>,
    /// Type indices of the functions that have a body, until the body is met.
    declared: Vec<u32>,
    own_memory_index: Option<u32>,
    segments: u64,
    /// See [`limits::MAX_COMPILER_WORK`].
    compiler_work: u64,
}

impl<'a> Inspector<'a> {
    fn new(wasm: &'a [u8]) -> Self {
        Self {
            wasm,
            validator: Validator::new_with_features(FEATURES),
            allocations: Default::default(),
            shape: Shape::default(),
            imported_types: Vec::new(),
            declared: Vec::new(),
            own_memory_index: None,
            segments: 0,
            compiler_work: 0,
        }
    }

    fn payload(&mut self, payload: &Payload<'a>) -> Result<(), ContractError> {
        match payload {
            Payload::Version { encoding: Encoding::Component, range, .. } => Err(ContractError::Feature {
                feature: features::COMPONENTS,
                message: "a component was found where a core module should be".to_owned(),
                place: Place::at(range.start),
            }),
            Payload::StartSection { range, .. } => Err(ContractError::Feature {
                feature: "a start function",
                message: "it would run outside of every call; export it and call it".to_owned(),
                place: Place::at(range.start),
            }),
            Payload::CodeSectionEntry(body) => self.body(body),
            _ => {
                self.counts(payload)?;
                self.validator.payload(payload).map_err(|error| self.invalid(&error, None))?;
                self.section(payload)
            }
        }
    }

    /// An error of the parser or validator, with the feature that would allow what was found.
    fn invalid(&self, error: &wasmparser::Error, function: Option<u32>) -> ContractError {
        let place = Place { offset: error.offset(), function };
        let message = error.message().to_owned();
        match features::missing(self.wasm, error) {
            Some(feature) => ContractError::Feature { feature, message, place },
            None => ContractError::Invalid { message, place },
        }
    }
}
