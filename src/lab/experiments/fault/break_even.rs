//! From how many accesses to a page on a pager whose faults are dear and whose accesses are free is the better choice.

use super::rows::{RESIDENT, SIGSEGV, SOFT, UFFD};
use super::tables::AGAIN;
use crate::lab::experiments::{Crossing, Group};

/// The break-even of `soft` with each of the others that was measured.
///
/// The time for a page is a fixed part and a part for each access. Both are taken from the rows with the fewest and the
/// most accesses, round by round; a round in which the lines do not meet counts as infinity.
pub fn of(groups: &[Group]) -> Vec<Crossing> {
    let mut rows: Vec<(f64, &Group)> = groups
        .iter()
        .filter(|group| group.section == AGAIN)
        .filter_map(|group| Some((group.title.parse().ok()?, group)))
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (Some(few), Some(many)) = (rows.first(), rows.last()) else { return Vec::new() };
    let crossing = |other: &str| {
        let line = |arm: &str| {
            let (few_ns, many_ns) = (&few.1.arm(arm)?.samples_ns, &many.1.arm(arm)?.samples_ns);
            let of_round = |(few_ns, many_ns): (&f64, &f64)| {
                let each = (many_ns - few_ns) / (many.0 - few.0);
                (few_ns - each * few.0, each)
            };
            Some(few_ns.iter().zip(many_ns).map(of_round).collect::<Vec<_>>())
        };
        let (soft, other_line) = (line(SOFT)?, line(other)?);
        let meet = |((soft_fixed, soft_each), (fixed, each)): (&(f64, f64), &(f64, f64))| {
            let accesses = (fixed - soft_fixed) / (soft_each - each);
            if soft_each > each { accesses.max(0.0) } else { f64::INFINITY }
        };
        let rounds: Vec<f64> = soft.iter().zip(&other_line).map(meet).collect();
        Some(Crossing::new(SOFT, other, "accesses to each page", &rounds, few.1.layings.min(many.1.layings)))
    };
    [RESIDENT, SIGSEGV, UFFD].into_iter().filter_map(crossing).collect()
}
