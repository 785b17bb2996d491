//! The plots of `access`: the time of an access, and the time of a copy by its length.

use super::arms::{arm_names, styled, tick};
use super::figure::Plot;
use super::kinds::times;
use crate::lab::experiments::{Findings, Group, access};
use crate::lab::report::plot::{Lines, Series};

pub fn figures(findings: &Findings) -> Vec<(Plot, String)> {
    let of_words = |group: &Group| [access::READ, access::WRITE].contains(&&*group.section);
    let words = times(findings, &of_words, "Time of one 8-byte access in a tight loop. Further left is faster.");
    let lengths: Vec<(&Group, f64)> = findings
        .groups
        .iter()
        .filter(|group| group.section == access::COPY_IN)
        .filter_map(|group| Some((group, group.title.strip_suffix(" B")?.parse().ok()?)))
        .collect();
    let line = |series: Series| {
        let points = lengths.iter().filter_map(|(group, length)| Some((*length, group.arm(&series.name)?.median_ns)));
        let points = points.collect();
        (series, points)
    };
    let names = arm_names(lengths.iter().map(|(group, _)| *group));
    let lines = Lines {
        description: "Time of one copy from storage to own memory against its length.".to_owned(),
        axes: ["bytes copied (logarithmic)".to_owned(), "time per copy (logarithmic)".to_owned()],
        labels: [|bytes| format!("{bytes:.0} B"), tick],
        series: styled(&names).into_iter().map(line).collect(),
        marks: Vec::new(),
    };
    let caption = "Time of one copy from storage to own memory, by length. Further down is faster.".to_owned();
    vec![words, (Plot::Lines(lines), caption)]
}
