//! The whole pass, from a contract to its prepared module.

use super::checks::Checks;
use super::module;
use crate::contract::allowed::Imports;
use crate::contract::error::{ContractError, Place};
use crate::contract::metadata::Metadata;
use crate::contract::validate::inspect;

/// The version of the pass. Increment it with every change of the pass that changes the prepared module of any contract. Modules
/// that were compiled under another pass version are not used.
pub(in crate::contract) const PASS_VERSION: u32 = 7;

/// A prepared module, ready to be compiled.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The prepared module in the binary format.
    pub wasm: Vec<u8>,
    /// The metadata of the contract.
    pub metadata: Metadata,
}

/// Validates a contract that may use these imports, and rewrites it.
///
/// # Errors
/// Returns the errors of [`validate`](crate::contract::validate()).
pub fn prepare(wasm: &[u8], imports: &Imports, checks: Checks) -> Result<Prepared, ContractError> {
    let shape = inspect(wasm, imports)?;
    let prepared = module::rewrite(wasm, &shape, checks)
        .map_err(|error| ContractError::Invalid { message: error.to_string(), place: Place::at(0) })?;
    Ok(Prepared { wasm: prepared, metadata: shape.metadata })
}
