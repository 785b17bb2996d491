//! The pass over a contract's code that makes it countable and, if wished, checked.
//!
//! The prepared module computes what the contract computes. Added are:
//!
//! 1. *Prices*: `nop`s, see [`price`].
//! 2. *Depth*: a function that calls anything takes units of call depth while it runs, see [`body`].
//! 3. *Checks* before accesses to the storage memory, see [`page_checks`], as many as [`Checks`] says; those that cannot fail
//!    are left out, see [`known`].
//! 4. *Exports* of mutable globals, tables and the own memory, so that an instance can be put back as new.
//!
//! # What the prepared module imports
//! | module, name | type | when |
//! |---|---|---|
//! | `storage` `memory` | as the contract declares it | the contract imports it |
//! | as in [`imports`](super::imports) | the six-parameter storage functions are named `<name>/6` | the contract imports them |
//! | `vellum:paging` `table` | memory of exactly 16 pages: one byte for each storage page, bit 0 may read, bit 1 may write | anything is checked |
//! | `vellum:paging` `fault_read`, `fault_write` | `(start i64, length i64)` | anything is checked |
//! | `vellum:exec` `call_depth` | `()`, traps | some function counts depth |
//!
//! A fault function makes every page of the range readable (or writable) before it returns, or traps. A range of length
//! 0 or one that ends beyond the storage memory it leaves alone: the access then traps as it would without a check.
//!
//! # What it exports besides
//! `vellum:depth`, the units of depth left (mutable i32, at first [`limits::CALL_DEPTH`](crate::limits::CALL_DEPTH));
//! `vellum:global:<n>`, the n-th mutable global; `vellum:table:<n>`; `vellum:memory`, the own memory.

mod body;
mod checks;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod host;
mod known;
mod layout;
mod module;
mod page_checks;
mod pass;
pub(super) mod price;
mod writer;

pub use checks::Checks;
pub(super) use pass::PASS_VERSION;
pub use pass::{Prepared, prepare};

#[cfg(test)]
mod tests;
