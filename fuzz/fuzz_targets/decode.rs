//! Every decoder on any bytes: see `vellum::fuzzing::decode`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(what) = vellum::fuzzing::decode(bytes) {
        panic!("{what}");
    }
});
