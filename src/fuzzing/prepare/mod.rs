//! Compares modules with their prepared forms, one for each kind of page checks, and with other forms of storage. All must do the same.

mod compare;
mod fixed_storage;
mod generate;
mod other_forms;
mod reached;

use wasmtime::{Error, Result};

use super::panics::{as_quiet_as_here, caught};
use crate::contract::{Imports, Metadata, host, to_binary, validate};
use compare::Hosts;
pub use generate::module;
pub use reached::PrepareReached;

/// The greatest size of storage, and of own memory, of a module that is run. Every byte is compared, so more would be slow.
const MOST_WASM_PAGES: u32 = 16;

/// Calls the exports of a module and of its prepared forms. Results, traps, globals and every byte of memory must be the
/// same, and gas the same with every kind of page checks. A module that is no valid contract is skipped. The arguments are
/// computed from the module, so a failure repeats.
///
/// # Errors
/// Returns a description of the difference.
pub fn prepared_does_the_same(code: &[u8]) -> std::result::Result<PrepareReached, String> {
    let Ok(wasm) = to_binary(code) else { return Ok(PrepareReached::default()) };
    let Ok(metadata) = validate(&wasm, &Imports::default()) else { return Ok(PrepareReached::default()) };
    // On a small stack the stack would end before the call depth is used up.
    let result = host::on_a_large_stack(as_quiet_as_here(|| caught(|| run(&wasm, &metadata))));
    let result = result.map_err(|error| format!("no thread can be started: {error}"))?;
    result.unwrap_or_else(|_| Err("it panics".to_owned()))?.map_err(|error: Error| format!("{error:#}"))
}

fn run(wasm: &[u8], metadata: &Metadata) -> Result<PrepareReached> {
    let storage = metadata.storage.import().map_or(0, |storage| storage.minimum.0.div_ceil(16));
    let own = metadata.own_memory.as_ref().map_or(0, |own| own.initial_wasm_pages);
    // Even a module that is too large to run must be prepared without error.
    if storage.max(own) > MOST_WASM_PAGES {
        return compare::can_be_prepared(wasm).map(|()| PrepareReached::default());
    }
    let original = match metadata.storage.import() {
        Some(_) => fixed_storage::with_fixed_storage(wasm)?,
        None => wasm.to_vec(),
    };
    match Hosts::of(&original, wasm, storage)? {
        Some(hosts) => {
            let seed = xxhash_rust::xxh3::xxh3_64(wasm);
            let mut reached = hosts.run(seed)?;
            reached.add(&other_forms::do_the_same(wasm, metadata, seed)?);
            Ok(reached)
        }
        None => Ok(PrepareReached::default()),
    }
}
