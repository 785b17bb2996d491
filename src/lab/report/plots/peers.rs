//! The plots of the peers: one for each table, with a row for each system and workload.

use super::arms::{point, tick};
use super::figure::Plot;
use crate::lab::experiments::{Findings, Group};
use crate::lab::report::plot::{Dots, Row, Series};

/// True for the arms of vellum.
fn is_own(arm: &str) -> bool {
    arm.starts_with("vellum")
}

pub fn figures(findings: &Findings) -> Vec<(Plot, String)> {
    findings.groups.chunk_by(|a, b| a.section == b.section).map(figure).collect()
}

fn figure(groups: &[Group]) -> (Plot, String) {
    let series = |(name, style): (&str, usize)| Series { name: name.to_owned(), style };
    let rows = groups.iter().flat_map(|group| {
        let row = |arm: &crate::lab::experiments::Measured| {
            let values = if is_own(&arm.name) { vec![Some(point(arm)), None] } else { vec![None, Some(point(arm))] };
            Row::Dots(short(&arm.name).to_owned(), values)
        };
        std::iter::once(Row::Heading(group.title.clone())).chain(group.arms.iter().map(row))
    });
    let section = &groups[0].section;
    let dots = Dots {
        description: format!(
            "Time of a transaction in vellum and in other systems, {section}: medians with 95 % intervals; the table below has the values."
        ),
        axis: format!("time per {} (logarithmic)", groups[0].per.word()),
        label: tick,
        reference: None,
        series: [("vellum", 1), ("others", 3)].map(series).to_vec(),
        rows: rows.collect(),
    };
    let caption = format!(
        "Time of whole transactions, {section}. Further left is faster. The table shows what each system hashes and meters."
    );
    (Plot::Dots(dots), caption)
}

/// The name of an arm without the location of its state, which is the same in the whole plot.
fn short(arm: &str) -> &str {
    arm.strip_suffix(" on LMDB").or_else(|| arm.strip_suffix(" on disk")).unwrap_or(arm)
}
