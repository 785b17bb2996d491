//! The stack that a transaction runs on.
//!
//! Call depth is counted in the code against one limit, the same on every host. So that the host's own limit is never
//! met before it, the stack is larger than the deepest count can need: [`WASM_STACK_BYTES`] has the arithmetic.

use std::cell::RefCell;
use std::io;
use std::panic::{self, AssertUnwindSafe};

use corosensei::stack::DefaultStack;

use crate::limits::{MAX_CALL_NESTING, NESTED_CALL_STACK_BYTES, WASM_STACK_BYTES};

/// Bytes for the host functions that the deepest frame calls.
const HOST_BYTES: usize = 4 << 20;

/// Bytes for the host between nested calls.
const NESTED_BYTES: usize = MAX_CALL_NESTING as usize * NESTED_CALL_STACK_BYTES;

thread_local! {
    static STACK: RefCell<Option<DefaultStack>> = const { RefCell::new(None) };
}

/// Runs something on a stack of [`WASM_STACK_BYTES`] and room for the host. The thread keeps the stack for the next.
pub(super) fn run<R>(work: impl FnOnce() -> R) -> io::Result<R> {
    let mut stack = match STACK.take() {
        Some(stack) => stack,
        None => DefaultStack::new(WASM_STACK_BYTES + HOST_BYTES + NESTED_BYTES)?,
    };
    // A panic cannot leave the stack that it is on, and would end the process: it goes on from here.
    let result = corosensei::on_stack(&mut stack, || panic::catch_unwind(AssertUnwindSafe(work)));
    STACK.set(Some(stack));
    result.map_or_else(|payload| panic::resume_unwind(payload), Ok)
}
