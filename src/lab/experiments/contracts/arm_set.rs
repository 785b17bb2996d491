//! The arms of each row: which contract runs under which pager.

use super::{Pair, UserContract};
use crate::paging::PagerKind;

/// The arms of a row. The first one is the base.
#[derive(Debug)]
pub struct ArmSet<'a> {
    /// The pager of all arms, if each pager has its own row.
    pub pager: Option<PagerKind>,
    pub arms: Vec<ArmSpec<'a>>,
}

/// A contract under a pager.
#[derive(Debug)]
pub struct ArmSpec<'a> {
    pub name: String,
    pub contract: &'a UserContract,
    pub pager: PagerKind,
    /// True for the candidate, false for the reference.
    pub is_candidate: bool,
}

/// The arms of every row of a call: a row for each pager if both contracts map storage, and otherwise a single row with the
/// mapped contract under every pager.
pub fn arm_sets(pair: &Pair) -> Vec<ArmSet<'_>> {
    if pair.candidate.maps_storage() && pair.reference.maps_storage() {
        let arm_set = |&pager: &PagerKind| ArmSet {
            pager: Some(pager),
            arms: vec![
                ArmSpec { name: pair.reference.name.clone(), contract: &pair.reference, pager, is_candidate: false },
                ArmSpec { name: pair.candidate.name.clone(), contract: &pair.candidate, pager, is_candidate: true },
            ],
        };
        return pair.pagers.iter().map(arm_set).collect();
    }
    let mut arms = arms(&pair.reference, &pair.pagers, false);
    arms.extend(self::arms(&pair.candidate, &pair.pagers, true));
    vec![ArmSet { pager: None, arms }]
}

fn arms<'a>(contract: &'a UserContract, pagers: &[PagerKind], is_candidate: bool) -> Vec<ArmSpec<'a>> {
    if !contract.maps_storage() {
        return vec![ArmSpec { name: contract.name.clone(), contract, pager: PagerKind::Soft, is_candidate }];
    }
    let arm =
        |&pager: &PagerKind| ArmSpec { name: format!("{}, {pager}", contract.name), contract, pager, is_candidate };
    pagers.iter().map(arm).collect()
}
