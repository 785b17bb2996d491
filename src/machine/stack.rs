//! The native stack of a transaction.
//!
//! Code counts call depth against one limit, the same on every host. The stack is larger than the deepest calls need, so
//! that they reach this limit before the end of the stack: [`WASM_STACK_BYTES`] has the arithmetic.

use std::cell::RefCell;
use std::io;
use std::panic::{self, AssertUnwindSafe};

use corosensei::stack::DefaultStack;

use crate::limits::{MAX_CALL_NESTING, NESTED_CALL_STACK_BYTES, WASM_STACK_BYTES};

/// Bytes for a host function at the greatest call depth.
const HOST_BYTES: usize = 4 << 20;

/// Bytes for the host between all nested calls.
const NESTED_BYTES: usize = MAX_CALL_NESTING as usize * NESTED_CALL_STACK_BYTES;

thread_local! {
    static STACK: RefCell<Option<DefaultStack>> = const { RefCell::new(None) };
}

/// Runs `work` on a stack of [`WASM_STACK_BYTES`] and the bytes for the host. The thread keeps the stack for its next
/// transaction.
pub(super) fn run<R>(work: impl FnOnce() -> R) -> io::Result<R> {
    let mut stack = match STACK.take() {
        Some(stack) => stack,
        None => DefaultStack::new(WASM_STACK_BYTES + HOST_BYTES + NESTED_BYTES)?,
    };
    // A panic cannot unwind from one stack to another. It is caught there and resumed here.
    let result = corosensei::on_stack(&mut stack, || panic::catch_unwind(AssertUnwindSafe(work)));
    STACK.set(Some(stack));
    result.map_or_else(|payload| panic::resume_unwind(payload), Ok)
}
