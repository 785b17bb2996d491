//! The whole pass, from a contract to its prepared module.

use super::checks::Checks;
use super::module;
use crate::contract::allowed::Imports;
use crate::contract::error::{ContractError, Place};
use crate::contract::metadata::Metadata;
use crate::contract::validate::inspect;

/// Counts up whenever the prepared module of the same contract changes: compiled modules of other versions are not used.
pub(in crate::contract) const PASS_VERSION: u32 = 4;

/// A module that is ready to be compiled.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The prepared module in the binary format.
    pub wasm: Vec<u8>,
    /// What is known of the contract.
    pub metadata: Metadata,
}

/// Validates a contract where these are the imports, and rewrites it.
///
/// # Errors
/// Those of [`validate`](crate::contract::validate()).
pub fn prepare(wasm: &[u8], imports: &Imports, checks: Checks) -> Result<Prepared, ContractError> {
    let shape = inspect(wasm, imports)?;
    let prepared = module::rewrite(wasm, &shape, checks)
        .map_err(|error| ContractError::Invalid { message: error.to_string(), place: Place::at(0) })?;
    Ok(Prepared { wasm: prepared, metadata: shape.metadata })
}
