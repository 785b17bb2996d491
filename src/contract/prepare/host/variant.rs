//! The forms in which a contract is run, and the engines and stacks for them.

use std::sync::OnceLock;

use wasmtime::{Engine, Result};

use crate::contract::{Checks, engine_config};

/// Native stack of a module, on which the call depth is met before its end.
const STACK: usize = 64 << 20;

/// How a module is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// As the contract was written; gas means nothing then.
    Original,
    Prepared(Checks),
}

pub(super) fn engine(variant: Variant, stack: usize) -> Result<Engine> {
    let mut config = engine_config();
    // Unprepared code has no nops to count, only its bulk operations.
    if variant == Variant::Original {
        config.operator_cost(wasmtime::OperatorCost::default());
    }
    config.async_stack_size(stack + (1 << 20)).max_wasm_stack(stack);
    Engine::new(&config)
}

/// The engine of a variant, made once.
pub(super) fn kept_engine(variant: Variant) -> Result<Engine> {
    static ENGINES: [OnceLock<Engine>; 2] = [const { OnceLock::new() }; 2];
    let kept = &ENGINES[usize::from(variant == Variant::Original)];
    match kept.get() {
        Some(engine) => Ok(engine.clone()),
        None => engine(variant, STACK).map(|made| kept.get_or_init(|| made).clone()),
    }
}

/// Runs something on a stack on which the call depth is met before the end of the stack.
pub(crate) fn on_a_large_stack<T: Send>(run: impl FnOnce() -> T + Send) -> std::io::Result<std::thread::Result<T>> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(4 * STACK).spawn_scoped(scope, run)?;
        Ok(thread.join())
    })
}
