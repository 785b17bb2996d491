//! Validates a module section by section.

use wasmparser::{Encoding, Parser, Payload};

use super::binary::check_size;
use super::features::COMPONENTS;
use super::inspector::Inspector;
use super::shape::Shape;
use crate::contract::allowed::Imports;
use crate::contract::error::{ContractError, Place};
use crate::contract::metadata::Metadata;

/// Checks that a module in the binary format may be a contract that uses these imports. Returns its metadata.
///
/// # Errors
/// Returns the first reason for which the module is refused.
pub fn validate(wasm: &[u8], imports: &Imports) -> Result<Metadata, ContractError> {
    inspect(wasm, imports).map(|shape| shape.metadata)
}

pub(in crate::contract) fn inspect<'a>(wasm: &'a [u8], imports: &'a Imports) -> Result<Shape<'a>, ContractError> {
    check_size(wasm)?;
    if !wasm.starts_with(b"\0asm") {
        return Err(ContractError::NotWasm { found: wasm.len() });
    }
    let mut inspector = Inspector::new(wasm, imports);
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(|error| inspector.invalid(&error, None))?;
        inspector.payload(&payload)?;
    }
    inspector.check_own_memory()?;
    inspector.add_escapes()?;
    inspector.shape.metadata.compiler_work = inspector.compiler_work;
    Ok(inspector.shape)
}

impl<'a> Inspector<'a> {
    fn payload(&mut self, payload: &Payload<'a>) -> Result<(), ContractError> {
        match payload {
            Payload::Version { encoding: Encoding::Component, range, .. } => Err(ContractError::Feature {
                feature: COMPONENTS,
                message: "a contract must be a core module, not a component".to_owned(),
                place: Place::at(range.start),
            }),
            Payload::StartSection { range, .. } => Err(ContractError::Feature {
                feature: "a start function",
                message: "it would run outside of all calls; export it and call it".to_owned(),
                place: Place::at(range.start),
            }),
            Payload::CodeSectionEntry(body) => self.body(body),
            _ => {
                self.check_counts(payload)?;
                self.validator.payload(payload).map_err(|error| self.invalid(&error, None))?;
                self.section(payload)
            }
        }
    }
}
