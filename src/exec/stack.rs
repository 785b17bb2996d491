//! The stack that a transaction runs on.
//!
//! Call depth is counted in the code against one limit, the same on every host. So that the host's own limit is never
//! met before it, the stack is larger than the deepest count can need: see the arithmetic below.

use std::cell::RefCell;
use std::io;

use corosensei::stack::DefaultStack;

use crate::limits::{CALL_DEPTH, VALUES_PER_DEPTH_UNIT};

/// Native bytes for a value in a frame: a vector takes 16, and the compiler may keep a second copy of any.
const BYTES_PER_VALUE: usize = 32;

/// Native bytes of a frame beside its values: saved registers, return address, what the checks keep.
const BYTES_PER_FRAME: usize = 1 << 10;

/// Bytes of stack that wasm may use: every unit of depth a frame, with the values that the unit pays for.
pub(super) const WASM_STACK_BYTES: usize =
    CALL_DEPTH as usize * (BYTES_PER_FRAME + VALUES_PER_DEPTH_UNIT as usize * BYTES_PER_VALUE);

/// Bytes for the function that calls nothing on top of the deepest frame, and for the host functions that it calls.
const HOST_BYTES: usize = 4 << 20;

thread_local! {
    static STACK: RefCell<Option<DefaultStack>> = const { RefCell::new(None) };
}

/// Runs something on a stack of [`WASM_STACK_BYTES`] and room for the host. The thread keeps the stack for the next.
pub(super) fn run<R>(work: impl FnOnce() -> R) -> io::Result<R> {
    let mut stack = match STACK.take() {
        Some(stack) => stack,
        None => DefaultStack::new(WASM_STACK_BYTES + HOST_BYTES)?,
    };
    let result = corosensei::on_stack(&mut stack, work);
    STACK.set(Some(stack));
    Ok(result)
}
