//! Random commits, rollbacks, prunes, crashes and failures, on the store in memory and the one on disk, compared with a model.

use proptest::prelude::*;

use crate::fuzzing::store_is_the_model;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn stores_hold_what_was_committed(bytes in prop::collection::vec(any::<u8>(), 0..1_500)) {
        store_is_the_model(&bytes).map_err(TestCaseError::fail)?;
    }
}
