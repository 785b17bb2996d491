//! The state of a validation.

use std::collections::HashSet;

use wasmparser::Validator;

use super::features::{FEATURES, missing};
use super::shape::Shape;
use crate::contract::allowed::Imports;
use crate::contract::error::{ContractError, Place};

/// Validates a module in one pass.
pub(super) struct Inspector<'a> {
    pub(super) wasm: &'a [u8],
    /// The imports that the module may use.
    pub(super) allowed: &'a Imports,
    pub(super) validator: Validator,
    pub(super) allocations: wasmparser::FuncValidatorAllocations,
    pub(super) shape: Shape<'a>,
    /// Types of the imported functions.
    pub(super) imported_types: Vec<u32>,
    /// Type indices of the defined functions.
    pub(super) declared: Vec<u32>,
    pub(super) own_memory_index: Option<u32>,
    /// The first import that determines the form of storage.
    pub(super) storage_import: Option<&'static str>,
    /// The first import that needs an own memory.
    pub(super) needs_own_memory: Option<&'static str>,
    pub(super) segments: u64,
    /// The compiler's time so far, see [`MAX_COMPILER_WORK`](crate::limits::MAX_COMPILER_WORK).
    pub(super) compiler_work: u64,
    /// The functions that the host may call: exports, elements and references.
    pub(super) escaped: HashSet<u32>,
}

impl<'a> Inspector<'a> {
    pub(super) fn new(wasm: &'a [u8], allowed: &'a Imports) -> Self {
        Self {
            wasm,
            allowed,
            validator: Validator::new_with_features(FEATURES),
            allocations: Default::default(),
            shape: Shape::default(),
            imported_types: Vec::new(),
            declared: Vec::new(),
            own_memory_index: None,
            storage_import: None,
            needs_own_memory: None,
            segments: 0,
            compiler_work: 0,
            escaped: HashSet::new(),
        }
    }

    /// Converts an error of the parser or validator, with the name of the feature that the module needs, if that is the reason.
    pub(super) fn invalid(&self, error: &wasmparser::Error, function: Option<u32>) -> ContractError {
        let place = Place { offset: error.offset(), function };
        let message = error.message().to_owned();
        match missing(self.wasm, error) {
            Some(feature) => ContractError::Feature { feature, message, place },
            None => ContractError::Invalid { message, place },
        }
    }
}

/// Returns an error if `found` exceeds `limit`.
pub(super) fn limit(what: &'static str, found: u64, limit: u64, place: Place) -> Result<(), ContractError> {
    if found > limit { Err(ContractError::Limit { what, found, limit, place }) } else { Ok(()) }
}
