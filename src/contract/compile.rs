//! Compilation of the prepared module to native code.

use wasmtime::{Config, Engine, Module, OptLevel};

use super::allowed::Imports;
use super::error::ContractError;
use super::metadata::Metadata;
use super::prepare::price;
use super::prepare::{Checks, prepare};
use super::validate::PREPARED_FEATURES;

/// Address space that every memory reserves, in bytes. Together with the guard it makes bounds checks unnecessary.
pub(crate) const MEMORY_RESERVATION: u64 = 4 << 30;

/// Bytes without access behind each memory: a constant offset below this size needs no bounds check either.
pub(crate) const MEMORY_GUARD: u64 = 32 << 20;

/// A contract as native code.
#[derive(Debug)]
pub struct Compiled {
    /// The prepared module, compiled for the engine of its cache.
    pub module: Module,
    /// The metadata of the contract.
    pub metadata: Metadata,
    /// The size of the code as deployed, in bytes.
    pub code_bytes: usize,
}

/// Returns the configuration that determines the compiled code and its gas. The user of the engine adds the stack size, the
/// allocation strategy and the creation of memories.
pub fn engine_config() -> Config {
    let mut config = Config::new();
    config.wasm_features(!PREPARED_FEATURES, false).wasm_features(PREPARED_FEATURES, true);
    config.cranelift_nan_canonicalization(true).cranelift_opt_level(OptLevel::Speed);
    config.consume_fuel(true).operator_cost(price::operator_cost());
    // Page checks mark their fault paths as unlikely.
    config.wasm_branch_hinting(true);
    config.memory_reservation(MEMORY_RESERVATION).memory_guard_size(MEMORY_GUARD);
    config.memory_may_move(false).guard_before_linear_memory(false);
    // Memory images would bypass the memories that the host creates.
    config.memory_init_cow(false);
    config.signals_based_traps(true);
    config.wasm_backtrace_max_frames(None).native_unwind_info(false);
    // Only backtraces need the address map; trap kinds do not.
    config.generate_address_map(false);
    config
}

/// Prepares and compiles a contract.
///
/// # Errors
/// Returns the errors of [`prepare`] and [`ContractError::Compile`].
pub(super) fn compile(
    engine: &Engine,
    code: &[u8],
    imports: &Imports,
    checks: Checks,
) -> Result<Compiled, ContractError> {
    let prepared = prepare(code, imports, checks)?;
    let module = Module::from_binary(engine, &prepared.wasm)
        .map_err(|error| ContractError::Compile { message: format!("{error:#}") })?;
    Ok(Compiled { module, metadata: prepared.metadata, code_bytes: code.len() })
}
