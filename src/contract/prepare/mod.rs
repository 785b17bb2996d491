//! The pass over a contract's code, which adds prices, call depth and page checks.
//!
//! The prepared module computes what the contract computes. The pass adds:
//!
//! 1. *Prices* as `nop`s, see [`price`].
//! 2. *Call depth*: a function that makes calls takes units of call depth while it runs, see [`body`].
//! 3. *Page checks* before those accesses to the storage memory that [`Checks`] selects, see [`page_checks`] and [`bulk_checks`].
//!    Checks that cannot fail are omitted, see [`redundant_checks`].
//! 4. *Exports* of mutable globals, tables and the own memory, so that an instance can be restored.
//!
//! # Imports of the prepared module
//! | module, name | type | when |
//! |---|---|---|
//! | `storage` `memory` | as the contract declares it, or of any size | instructions access storage |
//! | as in [`imports`](super::imports) | the six-parameter storage functions are named `<name>/6` | the contract imports them |
//! | `vellum:paging` `table` | memory of exactly 16 wasm pages: one byte for each storage page, bit 0 allows reads, bit 1 writes | the code has page checks |
//! | `vellum:paging` `fault_read`, `fault_write` | `(start i64, length i64)` | the code has page checks |
//! | `vellum:exec` `call_depth` | `()`, traps | a function counts call depth |
//!
//! A fault function makes every page of the range readable (or writable) before it returns, or it traps. It ignores a range
//! that is empty or ends beyond the storage memory: the access then traps as it would without a check.
//!
//! # Added exports
//! `vellum:depth`, the remaining units of call depth (mutable i32, initially
//! [`limits::CALL_DEPTH`](crate::limits::CALL_DEPTH)); `vellum:global:<n>`, the n-th mutable global; `vellum:table:<n>`, the
//! n-th table; `vellum:memory`, the own memory.

mod body;
mod bulk_checks;
mod checks;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod host;
mod layout;
mod module;
mod page_checks;
mod pass;
pub(super) mod price;
mod redundant_checks;
mod writer;

pub use checks::Checks;
pub(super) use pass::PASS_VERSION;
pub use pass::{Prepared, prepare};

#[cfg(test)]
mod tests;
