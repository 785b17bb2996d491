//! The plots of `growth` and `durability`: what a whole transaction takes beside other storage, and until it is safe.

use super::arms::{arm_names, point, styled, tick};
use super::figure::Plot;
use super::kinds::{curve, times};
use crate::lab::experiments::{Findings, Group, growth};
use crate::lab::report::plot::{Dots, Row};

/// A row for each size and a series for each way; then time against how much changed, a line for each size.
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
        description: "Time of a small transaction beside other storage of different sizes.".to_owned(),
        axis: "time per transaction (logarithmic)".to_owned(),
        label: tick,
        reference: None,
        series: styled(&series),
        rows,
    };
    let mut figures = Vec::new();
    if !beside.is_empty() {
        figures.push((Plot::Dots(dots), "A small transaction beside more and more other storage.".to_owned()));
    }
    let caption = "Time of a call under soft by how many pages it changes, a line for each size of all storage. Where the lines lie on one another, cost follows what changed and not what exists.";
    figures.extend(curve(findings, growth::CHANGED, "pages changed", Vec::new(), caption));
    figures
}

/// A row for each workload.
pub fn durability(findings: &Findings) -> (Plot, String) {
    let caption = "Time of a call with its commit, by whether the commit waits for the disk, and by how many calls are one commit. Further left is faster.";
    times(findings, &|_| true, caption)
}
