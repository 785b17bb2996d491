//! The crossovers of `soft` with pagers whose faults are expensive and whose accesses are free.

use super::rows::{RESIDENT, SIGSEGV, SOFT, UFFD};
use super::tables::MANY_READS;
use crate::lab::experiments::{Crossing, Group};

/// The crossover of `soft` with each other pager that was measured.
///
/// The time of a page consists of a fixed part and a part for each access. Both are computed for every round, from the rows
/// with the fewest and the most accesses. A round without a crossover counts as infinity.
pub fn crossovers(groups: &[Group]) -> Vec<Crossing> {
    let mut rows: Vec<(f64, &Group)> = groups
        .iter()
        .filter(|group| group.section == MANY_READS)
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
        let crossover = |((soft_fixed, soft_each), (fixed, each)): (&(f64, f64), &(f64, f64))| {
            let accesses = (fixed - soft_fixed) / (soft_each - each);
            if soft_each > each { accesses.max(0.0) } else { f64::INFINITY }
        };
        let rounds: Vec<f64> = soft.iter().zip(&other_line).map(crossover).collect();
        Some(Crossing::of_rounds(SOFT, other, "accesses to each page", &rounds, few.1.layings.min(many.1.layings)))
    };
    [RESIDENT, SIGSEGV, UFFD].into_iter().filter_map(crossing).collect()
}
