//! Scenarios under every pager in step, against the model: see `vellum::fuzzing`.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use vellum::fuzzing::{Oracle, Scenario};

/// Scenarios that one store sees before it is checked and replaced.
const SCENARIOS_A_STORE: u32 = 1_000;

thread_local! {
    static ORACLE: RefCell<(Oracle, u32)> = RefCell::new((new_oracle(), 0));
}

fn new_oracle() -> Oracle {
    Oracle::new().expect("the compiler starts")
}

fuzz_target!(|scenario: Scenario| {
    ORACLE.with_borrow_mut(|(oracle, seen)| {
        if let Err(disagreement) = oracle.pagers_agree(&scenario) {
            panic!("{disagreement}\n{scenario:#?}");
        }
        *seen += 1;
        if *seen == SCENARIOS_A_STORE {
            let problems = oracle.check().expect("a store in memory can be read").problems;
            assert!(problems.is_empty(), "{problems:?}");
            (*oracle, *seen) = (new_oracle(), 0);
        }
    });
});
