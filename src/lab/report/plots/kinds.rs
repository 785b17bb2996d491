//! Kinds of plots that several experiments have.

use super::arms::{STYLES, arm_names, distinct, point, rows, tick};
use super::figure::Plot;
use crate::lab::experiments::{Findings, Group, Measured, Per};
use crate::lab::report::plot::{Dots, Lines, Series};

/// True for the rows that a plot shows.
pub type Shown<'a> = &'a dyn Fn(&Group) -> bool;

pub fn times(findings: &Findings, shown: Shown<'_>, caption: &str) -> (Plot, String) {
    let groups: Vec<&Group> = findings.groups.iter().filter(|group| shown(group)).collect();
    let mut series = arm_names(groups.iter().copied());
    series.truncate(STYLES);
    let per = groups.first().map_or("", |group| group.per.word());
    let dots = Dots {
        description: format!("{} Medians with 95 % intervals; the table below has the values.", findings.question),
        axis: format!("time per {per} (logarithmic)"),
        label: tick,
        reference: None,
        rows: rows(&groups, &series, |arm| Some(point(arm))),
        series: distinct(&series),
    };
    (Plot::Dots(dots), caption.to_owned())
}

/// The time by the number that names each row of a table. There is no plot if the table was not measured.
pub fn curve(
    findings: &Findings,
    section: &str,
    of: &str,
    marks: Vec<(f64, String)>,
    caption: &str,
) -> Option<(Plot, String)> {
    let rows: Vec<(&Group, f64)> = findings
        .groups
        .iter()
        .filter(|group| group.section == section)
        .filter_map(|group| Some((group, group.title.parse().ok()?)))
        .collect();
    let line = |series: Series| {
        let median = |group: &Group| group.arm(&series.name).map(|arm| arm.median_ns).filter(|time| *time > 0.0);
        let points = rows.iter().filter_map(|(group, number)| Some((*number, median(group)?))).collect();
        (series, points)
    };
    let per = rows.first().map_or(Per::Page, |(group, _)| group.per).word();
    let lines = Lines {
        description: format!("Time for a {per} against {of}; the tables below have the values."),
        axes: [format!("{of} (logarithmic)"), format!("time per {per} (logarithmic)")],
        labels: [|number| format!("{number:.0}"), tick],
        series: distinct(&arm_names(rows.iter().map(|(group, _)| *group))).into_iter().map(line).collect(),
        marks,
    };
    (!rows.is_empty()).then(|| (Plot::Lines(lines), caption.to_owned()))
}

/// The ratios to the base. (Times of different rows differ by orders of magnitude.)
fn ratios_of(findings: &Findings, series: Vec<Series>, base: &str, caption: &str) -> (Plot, String) {
    let groups: Vec<&Group> = findings.groups.iter().collect();
    let names: Vec<String> = series.iter().map(|series| series.name.clone()).collect();
    let value = |arm: &Measured| arm.ratio.map(|ratio| [ratio.value, ratio.interval.low, ratio.interval.high]);
    let dots = Dots {
        description: format!("Time of a transaction as a multiple of the arm {base}."),
        axis: format!("time as a multiple of {base} (logarithmic)"),
        label: |value| format!("{value}x"),
        reference: Some(1.0),
        rows: rows(&groups, &names, value),
        series,
    };
    (Plot::Dots(dots), caption.to_owned())
}

/// The ratios of all arms to the base.
pub fn ratios(findings: &Findings, caption: &str) -> Vec<(Plot, String)> {
    let Some(base) = findings.groups.first().map(|group| group.base.clone()) else { return Vec::new() };
    let mut names: Vec<String> = arm_names(findings.groups.iter()).into_iter().filter(|name| *name != base).collect();
    names.truncate(STYLES);
    vec![ratios_of(findings, distinct(&names), &base, caption)]
}
