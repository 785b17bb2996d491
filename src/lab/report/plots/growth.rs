//! The plots of `growth` and `durability`.

use super::arms::{arm_names, point, styled, tick};
use super::figure::Plot;
use super::kinds::{curve, times};
use crate::lab::experiments::{Findings, Group, growth};
use crate::lab::report::plot::{Dots, Row};

/// A small transaction by the amount of other storage, and a call by the number of pages that it changes.
pub fn figures(findings: &Findings) -> Vec<(Plot, String)> {
    let beside: Vec<&Group> = findings.groups.iter().filter(|group| group.section == growth::SECTION).collect();
    let series: Vec<String> = beside.iter().map(|group| group.title.clone()).collect();
    let sizes = arm_names(beside.iter().copied());
    let row = |size: &String| {
        let values = beside.iter().map(|group| group.arm(size).map(point)).collect();
        Row::Dots(size.clone(), values)
    };
    let mut rows = vec![Row::Heading(growth::SECTION.to_owned())];
    rows.extend(sizes.iter().map(row));
    let dots = Dots {
        description: "Time of a small transaction, by the amount of other storage.".to_owned(),
        axis: "time per transaction (logarithmic)".to_owned(),
        label: tick,
        reference: None,
        series: styled(&series),
        rows,
    };
    let mut figures = Vec::new();
    if !beside.is_empty() {
        figures.push((Plot::Dots(dots), "Time of a small transaction, by the amount of other storage.".to_owned()));
    }
    let caption = "Time of a call under soft, by the number of pages that it changes, with a line for each amount of other storage. Where the lines coincide, the time depends on the changed pages only.";
    figures.extend(curve(findings, growth::CHANGED, "pages changed", Vec::new(), caption));
    figures
}

/// A row for each workload.
pub fn durability(findings: &Findings) -> (Plot, String) {
    let caption = "Time of a call with its commit: async and synced, alone and in blocks. Further left is faster.";
    times(findings, &|_| true, caption)
}
