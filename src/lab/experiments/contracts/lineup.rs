//! Which contract runs under which pager, beside which other.

use super::{Brought, Pair};
use crate::paging::PagerKind;

/// Arms that are sampled together; the first is the one that the others are compared with.
#[derive(Debug)]
pub struct Lineup<'a> {
    /// The pager of all of them, where there are line-ups of more than one.
    pub pager: Option<PagerKind>,
    pub arms: Vec<Place<'a>>,
}

/// A contract under a pager.
#[derive(Debug)]
pub struct Place<'a> {
    pub name: String,
    pub brought: &'a Brought,
    pub pager: PagerKind,
    /// Whether it is the one that is measured, rather than the one it is measured against.
    pub is_contract: bool,
}

/// Where both contracts map storage, like is compared with like: a line-up for each pager. Where one of them does not,
/// there is one line-up, in which the other stands under each pager.
pub fn lineups(pair: &Pair) -> Vec<Lineup<'_>> {
    if pair.contract.maps_storage() && pair.against.maps_storage() {
        let lineup = |&pager: &PagerKind| Lineup {
            pager: Some(pager),
            arms: vec![
                Place { name: pair.against.name.clone(), brought: &pair.against, pager, is_contract: false },
                Place { name: pair.contract.name.clone(), brought: &pair.contract, pager, is_contract: true },
            ],
        };
        return pair.pagers.iter().map(lineup).collect();
    }
    let mut arms = places(&pair.against, &pair.pagers, false);
    arms.extend(places(&pair.contract, &pair.pagers, true));
    vec![Lineup { pager: None, arms }]
}

fn places<'a>(brought: &'a Brought, pagers: &[PagerKind], is_contract: bool) -> Vec<Place<'a>> {
    if !brought.maps_storage() {
        return vec![Place { name: brought.name.clone(), brought, pager: PagerKind::Soft, is_contract }];
    }
    let place = |&pager: &PagerKind| Place { name: format!("{}, {pager}", brought.name), brought, pager, is_contract };
    pagers.iter().map(place).collect()
}
