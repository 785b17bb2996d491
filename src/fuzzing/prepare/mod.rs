//! Modules as they were written and as they are prepared, with every kind of checks: all do the same.

mod compare;
mod generate;
mod promised;
mod reached;

use wasmtime::{Error, Result};

use super::panics::{as_quiet_as_here, caught};
use crate::contract::{Imports, Metadata, host, to_binary, validate};
use compare::Hosts;
pub use generate::module;
pub use reached::PrepareReached;

/// Wasm pages of storage, or of own memory, beyond which a module is not run: every byte is compared.
const MOST_WASM_PAGES: u32 = 16;

/// Calls the exports of a module as it was written and as it is prepared with every kind of checks: results, traps,
/// globals and every byte of memory are the same, and gas is the same with all kinds. What no contract may be is passed
/// over. The arguments come from the module, so that one that fails does so again.
pub fn prepared_does_the_same(code: &[u8]) -> std::result::Result<PrepareReached, String> {
    let Ok(wasm) = to_binary(code) else { return Ok(PrepareReached::default()) };
    let Ok(metadata) = validate(&wasm, &Imports::default()) else { return Ok(PrepareReached::default()) };
    // Depth is met before the end of the stack only on a large one.
    let came = host::on_a_large_stack(as_quiet_as_here(|| caught(|| run(&wasm, &metadata))));
    let came = came.map_err(|error| format!("no thread can be started: {error}"))?;
    came.unwrap_or_else(|_| Err("it panics".to_owned()))?.map_err(|error: Error| format!("{error:#}"))
}

fn run(wasm: &[u8], metadata: &Metadata) -> Result<PrepareReached> {
    let storage = metadata.storage.map_or(0, |storage| storage.minimum.0.div_ceil(16));
    let own = metadata.own_memory.map_or(0, |own| own.initial_wasm_pages);
    // Whatever is valid can be prepared, however large it is.
    if storage.max(own) > MOST_WASM_PAGES {
        return compare::can_be_prepared(wasm).map(|()| PrepareReached::default());
    }
    let original = match metadata.storage {
        Some(_) => promised::on_a_plain_memory(wasm)?,
        None => wasm.to_vec(),
    };
    match Hosts::of(&original, wasm, storage)? {
        Some(hosts) => hosts.run(xxhash_rust::xxh3::xxh3_64(wasm)),
        None => Ok(PrepareReached::default()),
    }
}
