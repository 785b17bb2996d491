//! The variants in which a contract is run, with their engines and stacks.

use std::sync::OnceLock;

use wasmtime::{Engine, Result};

use crate::contract::{Checks, engine_config};

/// Native stack of a module: large enough for the maximum call depth.
const STACK: usize = 64 << 20;

/// The module that is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// The contract as deployed, whose gas is not comparable.
    Original,
    Prepared(Checks),
}

pub(super) fn engine(variant: Variant, stack: usize) -> Result<Engine> {
    let mut config = engine_config();
    // Code as deployed has no nops as prices, so only its bulk operations cost something.
    if variant == Variant::Original {
        config.operator_cost(wasmtime::OperatorCost::default());
    }
    config.async_stack_size(stack + (1 << 20)).max_wasm_stack(stack);
    Engine::new(&config)
}

/// Returns the engine of a variant, which is made once.
pub(super) fn kept_engine(variant: Variant) -> Result<Engine> {
    static ENGINES: [OnceLock<Engine>; 2] = [const { OnceLock::new() }; 2];
    let kept = &ENGINES[usize::from(variant == Variant::Original)];
    match kept.get() {
        Some(engine) => Ok(engine.clone()),
        None => engine(variant, STACK).map(|new| kept.get_or_init(|| new).clone()),
    }
}

/// Runs a function on a stack that is large enough for the maximum call depth.
pub(crate) fn on_a_large_stack<T: Send>(run: impl FnOnce() -> T + Send) -> std::io::Result<std::thread::Result<T>> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(4 * STACK).spawn_scoped(scope, run)?;
        Ok(thread.join())
    })
}
