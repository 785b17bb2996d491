//! Calls inside calls inside calls, under `soft` alone: see `vellum::fuzzing`.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use vellum::fuzzing::{Oracle, Profile};
use vellum::paging::PagerKind;

thread_local! {
    static ORACLE: RefCell<Oracle> = RefCell::new(Oracle::with_pagers([PagerKind::Soft]).expect("the compiler starts"));
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(scenario) = Profile::REENTRY.scenario(&mut Unstructured::new(bytes)) else { return };
    ORACLE.with_borrow_mut(|oracle| {
        if let Err(disagreement) = oracle.pagers_agree(&scenario) {
            panic!("{disagreement}\n{scenario}");
        }
    });
});
