//! What happens to a store: see `vellum::fuzzing::store_is_the_model`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(what) = vellum::fuzzing::store_is_the_model(bytes) {
        panic!("{what}");
    }
});
