//! Scenarios under every pager in step, against the model: see `vellum::fuzzing`.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use vellum::fuzzing::{Oracle, Scenario};

/// After so many scenarios the store is checked.
const CHECK_EVERY: u32 = 32;

thread_local! {
    static ORACLE: RefCell<(Oracle, u32)> = RefCell::new((Oracle::new().expect("the compiler starts"), 0));
}

fuzz_target!(|scenario: Scenario| {
    ORACLE.with_borrow_mut(|(oracle, seen)| {
        if let Err(disagreement) = oracle.pagers_agree(&scenario) {
            panic!("{disagreement}\n{scenario}");
        }
        *seen += 1;
        if *seen % CHECK_EVERY == 0 {
            let problems = oracle.check().expect("a store in memory can be read").problems;
            assert!(problems.is_empty(), "{problems:?}\n{scenario}");
        }
    });
});
