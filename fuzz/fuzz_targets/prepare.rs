//! Any bytes: validation answers, and whatever it accepts can be prepared with every kind of checks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vellum::contract::{Checks, prepare, to_binary, validate};

fuzz_target!(|code: &[u8]| {
    let Ok(wasm) = to_binary(code) else { return };
    if validate(&wasm).is_ok() {
        for checks in Checks::KINDS {
            prepare(&wasm, checks).expect("what is valid can be prepared");
        }
    }
});
