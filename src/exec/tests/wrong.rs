//! The fuzzer bites: it finds every deliberate mistake in a few scenarios.

use std::panic::{self, AssertUnwindSafe};

use arbitrary::{Arbitrary, Unstructured};

use crate::exec::wrong::{self, Wrong};
use crate::fuzzing::{Oracle, Scenario};

/// Scenarios within which a mistake has to be found: a small part of what every test run goes through, and well under
/// five seconds.
const SCENARIOS: u64 = 250;

/// How many scenarios it took until something was noticed.
fn found_after(wrong: Option<Wrong>) -> Option<u64> {
    wrong::make(wrong);
    let mut oracle = Oracle::new().unwrap();
    let found = (0..SCENARIOS).find(|seed| {
        let bytes = crate::fuzzing::pseudo_random(*seed, 3_000);
        let scenario = Scenario::arbitrary(&mut Unstructured::new(&bytes)).unwrap();
        // A mistake may also come to light as an assertion that fails.
        !matches!(panic::catch_unwind(AssertUnwindSafe(|| oracle.pagers_agree(&scenario))), Ok(Ok(_)))
    });
    wrong::make(None);
    found
}

#[test]
fn every_deliberate_mistake_is_found_and_where_there_is_none_nothing_is() {
    assert_eq!(found_after(None), None);
    let missed: Vec<Wrong> = Wrong::ALL.into_iter().filter(|wrong| found_after(Some(*wrong)).is_none()).collect();
    assert_eq!(missed, []);
}
