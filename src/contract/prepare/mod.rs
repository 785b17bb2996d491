//! The pass over a contract's code that makes it countable and, if wished, checked.
//!
//! The prepared module computes what the contract computes. Added are:
//!
//! 1. *Prices*: `nop`s, see [`price`].
//! 2. *Depth*: a function that calls anything takes units of call depth while it runs, see [`body`].
//! 3. *Checks* before accesses to the storage memory, see [`checks`], as many as [`Checks`] says; those that cannot fail
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

pub(super) mod access;
mod body;
mod checks;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod host;
mod known;
mod layout;
mod module;
pub mod names;
pub(super) mod price;

#[cfg(test)]
mod tests;

use super::error::{ContractError, Place};
use super::metadata::Metadata;
use super::validate::inspect;

/// Counts up whenever the prepared module of the same contract changes: compiled modules of other versions are not used.
pub(super) const PASS_VERSION: u32 = 3;

/// Which accesses to the storage memory are checked against the page table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Checks {
    /// None: nobody has to know which pages are touched.
    None,
    /// Bulk instructions only: the processor notices loads and stores.
    Bulk,
    /// Whatever writes: all pages can be read.
    Writes,
    /// Every one.
    All,
}

impl Checks {
    /// All kinds.
    pub const KINDS: [Self; 4] = [Self::None, Self::Bulk, Self::Writes, Self::All];

    /// Whether a load, or with `Direction::Write` a store, is checked.
    fn of_accesses(self, direction: access::Direction) -> bool {
        match direction {
            access::Direction::Read => self == Self::All,
            access::Direction::Write => matches!(self, Self::All | Self::Writes),
        }
    }

    /// Whether what a bulk instruction reads, or with `Direction::Write` what it writes, is checked.
    fn of_bulk(self, direction: access::Direction) -> bool {
        match direction {
            access::Direction::Read => matches!(self, Self::All | Self::Bulk),
            access::Direction::Write => self != Self::None,
        }
    }

    /// A short name for files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Bulk => "bulk",
            Self::Writes => "writes",
            Self::All => "all",
        }
    }
}

/// A module that is ready to be compiled.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The prepared module in the binary format.
    pub wasm: Vec<u8>,
    /// What is known of the contract.
    pub metadata: Metadata,
}

/// Validates a contract and rewrites it.
///
/// # Errors
/// Those of [`validate`](super::validate()).
pub fn prepare(wasm: &[u8], checks: Checks) -> Result<Prepared, ContractError> {
    let shape = inspect(wasm)?;
    let prepared = module::rewrite(wasm, &shape, checks)
        .map_err(|error| ContractError::Invalid { message: error.to_string(), place: Place::at(0) })?;
    Ok(Prepared { wasm: prepared, metadata: shape.metadata })
}
