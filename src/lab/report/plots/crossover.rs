//! The plots of `crossover`.

use super::figure::Plot;
use super::kinds::curve;
use crate::lab::experiments::{Crossing, Findings, crossover};
use crate::lab::report::format::amount;

/// A curve for each table, with the places marked where mapping and slices cross.
pub fn figures(findings: &Findings) -> Vec<(Plot, String)> {
    let tables = [
        (crossover::READS, "words read of each page"),
        (crossover::CHANGES, "words changed of each page"),
        (crossover::COLD, "words read of each page, in LMDB only"),
    ];
    let figure = |(section, of): (&str, &str)| {
        let mark = |crossing: &Crossing| {
            let name = |arm: &str| arm.trim_start_matches("mapped, ").trim_start_matches("slice ").to_owned();
            let (place, _) = crossing.found?;
            Some((place, format!("{} over {} from {} on", name(&crossing.above), name(&crossing.below), amount(place))))
        };
        let marks = findings.crossings.iter().filter(|crossing| crossing.of == section).filter_map(mark).collect();
        let caption = format!(
            "Time for a page, by {of} in one call. Broken lines: from there on the one is faster than the other; each pager is compared with both forms of slices. Two ways without a line do not cross: in the table the faster one stands first."
        );
        curve(findings, section, of, marks, &caption)
    };
    tables.into_iter().filter_map(figure).collect()
}
