use std::cell::RefCell;

use arbitrary::{Arbitrary, Unstructured};
use proptest::prelude::*;

use super::*;

thread_local! {
    static ORACLE: RefCell<Oracle> = RefCell::new(Oracle::new().unwrap());
}

fn scenario(seed: u64, taste: Taste) -> Scenario {
    taste.scenario(&mut Unstructured::new(&pseudo_random(seed, 3_000))).unwrap()
}

proptest! {
    // Eight times what PROPTEST_CASES says, or 2,048.
    #![proptest_config(ProptestConfig { cases: 8 * ProptestConfig::default().cases, ..ProptestConfig::default() })]

    #[test]
    fn every_pager_does_what_the_model_does(bytes in prop::collection::vec(any::<u8>(), 0..3_000)) {
        let scenario = Scenario::arbitrary(&mut Unstructured::new(&bytes)).unwrap();
        ORACLE
            .with_borrow_mut(|oracle| oracle.pagers_agree(&scenario))
            .map_err(|error| TestCaseError::fail(format!("{error}\n{scenario}")))?;
    }
}

#[test]
fn scenarios_reach_what_they_are_for() {
    let mut oracle = Oracle::new().unwrap();
    let mut all = Reached::default();
    for seed in 0..300 {
        all.add(&oracle.pagers_agree(&scenario(seed, Taste::ANYTHING)).unwrap());
        assert_eq!(oracle.check().unwrap().problems, []);
    }
    assert!(all.nested > 300 && all.reentered > 200 && all.nested_failed > 50 && all.read_only > 50, "{all:?}");
    assert!(all.returned > 300 && all.undone > 100 && all.out_of_gas > 20 && all.pages_changed > 1_000, "{all:?}");
    let few = all.counts().into_iter().find(|(name, count)| *count < 10 && *name != "not_by_slices");
    assert_eq!(few, None, "{all:?}");
}
