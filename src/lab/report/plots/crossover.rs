//! The plots of `crossover`.

use super::figure::Plot;
use super::kinds::curve;
use crate::lab::experiments::{Crossing, Findings, crossover};
use crate::lab::report::format::amount;

/// A plot for each table, in which the crossovers are marked.
pub fn figures(findings: &Findings) -> Vec<(Plot, String)> {
    let tables = [
        (crossover::READS, "words read per page"),
        (crossover::CHANGES, "words changed per page"),
        (crossover::COLD, "words read per page"),
    ];
    let figure = |(section, of): (&str, &str)| {
        let mark = |crossing: &Crossing| {
            let name = |arm: &str| arm.trim_start_matches("mapped, ").trim_start_matches("slice ").to_owned();
            let (number, _) = crossing.found?;
            let label = format!("{} beats {} above {}", name(&crossing.above), name(&crossing.below), amount(number));
            Some((number, label))
        };
        let marks = findings.crossings.iter().filter(|crossing| crossing.of == section).filter_map(mark).collect();
        let caption = format!(
            "Time for a page in one call, over the {section}. A dashed line is a crossover: above it the named arm is faster. Each pager is compared with both forms of slices. Two arms without a dashed line have no crossover; the table shows which is faster."
        );
        curve(findings, section, of, marks, &caption)
    };
    tables.into_iter().filter_map(figure).collect()
}
