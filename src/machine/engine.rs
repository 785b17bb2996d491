//! The wasmtime engine of all machines.

use std::sync::Arc;

use wasmtime::Engine;

use super::error::RuntimeError;
use crate::contract;
use crate::limits::WASM_STACK_BYTES;
use crate::paging::Memories;

/// An engine that places storage memories in regions, and whose code may use [`WASM_STACK_BYTES`] of native stack.
pub(crate) fn engine() -> Result<Engine, RuntimeError> {
    let mut config = contract::engine_config();
    config.with_host_memory(Arc::new(Memories));
    config.async_stack_size(WASM_STACK_BYTES).max_wasm_stack(WASM_STACK_BYTES);
    Engine::new(&config).map_err(|error| RuntimeError::new("starting the compiler", &error))
}
