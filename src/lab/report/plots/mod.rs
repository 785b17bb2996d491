//! Which plot shows an experiment.

mod comparison;
mod crossover;
mod fault;
mod growth;
mod parts;
mod reentry;

pub use comparison::of_comparison;

use super::format::time;
use super::plot::{Bar, Bars, Dots, Lines, Row, Series};
use crate::lab::LabError;
use crate::lab::experiments::{
    Findings, Group, Measured, Per, access, call, contracts, fault as faults, reentry as reentries,
};

/// A drawn plot with its caption.
#[derive(Debug)]
pub struct Figure {
    /// The SVG element.
    pub svg: String,
    /// What to see in it.
    pub caption: String,
}

/// The plots of an experiment; none if nothing was measured.
pub fn of(findings: &Findings) -> Result<Vec<Figure>, LabError> {
    let figures = match findings.name.as_str() {
        _ if findings.groups.is_empty() => Vec::new(),
        "access" => access_figures(findings),
        "call" => {
            let caption = "Each way against slices. Left of the line it is faster, right of it slices are. Window: a copy of the storage in own memory.";
            let mut figures = others_figure(findings, caption);
            figures.extend(parts::figure(findings));
            figures
        }
        contracts::NAME => {
            let base = findings.groups.first().map_or("", |group| &group.base);
            let caption = format!("Time against {base}. Left of the line an arm is faster, right of it {base} is.");
            others_figure(findings, &caption)
        }
        "fault" => fault::figures(findings),
        "crossover" => crossover::figures(findings),
        "growth" => growth::figures(findings),
        "reentry" => reentry::figures(findings),
        "durability" => vec![growth::durability(findings)],
        "floor" => others_figure(
            findings,
            "Each way against the same work by hand, without a contract. The line is where a call would cost no more than that.",
        ),
        _ => vec![times(findings, &|_| true, "Time of each way, with its 95 % interval. Further left is faster.")],
    };
    figures.into_iter().map(|figure| draw(&findings.name, figure)).collect()
}

fn draw(experiment: &str, (plot, caption): (Plot, String)) -> Result<Figure, LabError> {
    let svg = match plot {
        Plot::Dots(dots) => dots.draw(),
        Plot::Lines(lines) => lines.draw(),
        Plot::Bars(bars) => bars.draw(),
    };
    let failed = |reason: Box<dyn std::error::Error + Send + Sync>| LabError::Plot {
        experiment: experiment.to_owned(),
        reason: reason.to_string(),
    };
    Ok(Figure { svg: svg.map_err(failed)?, caption })
}

enum Plot {
    Dots(Dots),
    Lines(Lines),
    Bars(Bars),
}

/// A time at a tick: a whole number of some unit.
fn tick(ns: f64) -> String {
    let text = time(ns);
    let (number, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{number} {unit}")
}

fn point(arm: &Measured) -> [f64; 3] {
    [arm.median_ns, arm.interval_ns.low, arm.interval_ns.high]
}

/// The same thing looks the same in all plots.
fn styled(names: &[String]) -> Vec<Series> {
    let style = |name: &str| match name {
        access::OWN | reentries::BARE | reentries::FEW => 0,
        access::SOFT => 1,
        access::EAGER => 2,
        access::REGISTER | reentries::BARE_FRESH | reentries::MANY | call::WINDOW => 4,
        access::RESIDENT => 5,
        faults::WHOLE => 2,
        faults::SIGSEGV => 6,
        faults::UFFD => 7,
        _ => 3,
    };
    names.iter().map(|name| Series { name: name.clone(), style: style(name) }).collect()
}

/// Names of all arms, in order of first appearance.
pub fn arm_names<'a>(groups: impl Iterator<Item = &'a Group>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for arm in groups.flat_map(|group| &group.arms) {
        if !names.contains(&arm.name) {
            names.push(arm.name.clone());
        }
    }
    names
}

/// A row for each comparison and a heading for each table; `value` gives what is shown of an arm.
fn rows(groups: &[&Group], series: &[String], value: impl Fn(&Measured) -> Option<[f64; 3]>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut section = "";
    for group in groups {
        if group.section != section {
            section = &group.section;
            rows.push(Row::Heading(section.to_owned()));
        }
        let values = series.iter().map(|name| group.arm(name).and_then(&value)).collect();
        rows.push(Row::Dots(group.title.clone(), values));
    }
    rows
}

/// Which comparisons a plot shows.
type Shown<'a> = &'a dyn Fn(&Group) -> bool;

fn times(findings: &Findings, shown: Shown<'_>, caption: &str) -> (Plot, String) {
    let groups: Vec<&Group> = findings.groups.iter().filter(|group| shown(group)).collect();
    let mut series = arm_names(groups.iter().copied());
    series.truncate(comparison::STYLES);
    let per = groups.first().map_or("", |group| group.per.word());
    let dots = Dots {
        description: format!("{} Medians with 95 % intervals; the table below has the values.", findings.question),
        axis: format!("time per {per} (logarithmic)"),
        label: tick,
        reference: None,
        rows: rows(&groups, &series, |arm| Some(point(arm))),
        series: comparison::distinct(&series),
    };
    (Plot::Dots(dots), caption.to_owned())
}

fn access_figures(findings: &Findings) -> Vec<(Plot, String)> {
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

/// Time against what the rows of a table are called by: a number. Nothing if the table was not measured.
fn curve(
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
        series: comparison::distinct(&arm_names(rows.iter().map(|(group, _)| *group))).into_iter().map(line).collect(),
        marks,
    };
    (!rows.is_empty()).then(|| (Plot::Lines(lines), caption.to_owned()))
}

/// Against the base rather than absolute: rows differ by orders of magnitude, and the question is who wins.
fn against_figure(findings: &Findings, series: Vec<Series>, base: &str, caption: &str) -> (Plot, String) {
    let groups: Vec<&Group> = findings.groups.iter().collect();
    let names: Vec<String> = series.iter().map(|series| series.name.clone()).collect();
    let value = |arm: &Measured| arm.ratio.map(|ratio| [ratio.value, ratio.interval.low, ratio.interval.high]);
    let dots = Dots {
        description: format!("Time of a transaction as a multiple of the same one with {base}."),
        axis: format!("time as a multiple of {base} (logarithmic)"),
        label: |value| format!("{value}x"),
        reference: Some(1.0),
        rows: rows(&groups, &names, value),
        series,
    };
    (Plot::Dots(dots), caption.to_owned())
}

/// Each arm but the one that it is compared with.
fn others_figure(findings: &Findings, caption: &str) -> Vec<(Plot, String)> {
    let Some(base) = findings.groups.first().map(|group| group.base.clone()) else { return Vec::new() };
    let mut names: Vec<String> = arm_names(findings.groups.iter()).into_iter().filter(|name| *name != base).collect();
    names.truncate(comparison::STYLES);
    vec![against_figure(findings, comparison::distinct(&names), &base, caption)]
}
