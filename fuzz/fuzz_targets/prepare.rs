//! Modules do the same as they were written and as they are prepared with every kind of checks: see `vellum::fuzzing`.
#![no_main]

use libfuzzer_sys::arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use vellum::fuzzing::{prepared_does_the_same, random_module};

fuzz_target!(|bytes: &[u8]| {
    // A module is taken as it is; any other bytes say what module is generated.
    let generated = if bytes.starts_with(b"\0asm") { None } else { random_module(&mut Unstructured::new(bytes)).ok() };
    if let Err(what) = prepared_does_the_same(generated.as_deref().unwrap_or(bytes)) {
        panic!("{what}");
    }
});
