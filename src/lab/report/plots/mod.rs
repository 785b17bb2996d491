//! Which plot shows an experiment.

mod comparison;
mod crossover;
mod peers;

pub use comparison::of_comparison;

use super::PEERS;
use super::format::time;
use super::plot::{Dots, Lines, Row, Series};
use crate::lab::LabError;
use crate::lab::experiments::{Findings, Group, Measured, access, call, contracts, fault, growth, reentry};

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
        "call" => vec![against_figure(
            findings,
            styled(&[call::SOFT, call::EAGER].map(str::to_owned)),
            "slices",
            "Mapped storage against slices. Left of the line mapping is faster, right of it slices are.",
        )],
        contracts::NAME => contracts_figure(findings),
        "fault" => fault_figures(findings),
        "crossover" => crossover::figures(findings),
        "growth" => vec![growth_figure(findings)],
        "reentry" => reentry_figures(findings),
        PEERS => peers::figures(findings),
        _ => vec![times(findings, &|_| true, "Time of each way, with its 95 % interval. Further left is faster.")],
    };
    figures.into_iter().map(|figure| draw(&findings.name, figure)).collect()
}

fn draw(experiment: &str, (plot, caption): (Plot, String)) -> Result<Figure, LabError> {
    let svg = match plot {
        Plot::Dots(dots) => dots.draw(),
        Plot::Lines(lines) => lines.draw(),
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
        access::OWN | reentry::BARE | reentry::FEW => 0,
        access::SOFT => 1,
        access::EAGER => 2,
        access::REGISTER | reentry::BARE_FRESH | reentry::MANY => 4,
        access::RESIDENT => 5,
        fault::WHOLE => 2,
        fault::SIGSEGV => 6,
        fault::UFFD => 7,
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
    let series = arm_names(groups.iter().copied());
    let per = groups.first().map_or("", |group| group.per.word());
    let dots = Dots {
        description: format!("{} Medians with 95 % intervals; the table below has the values.", findings.question),
        axis: format!("time per {per} (logarithmic)"),
        label: tick,
        reference: None,
        rows: rows(&groups, &series, |arm| Some(point(arm))),
        series: styled(&series),
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

/// The ways of a contract, and what further accesses to a page cost.
fn fault_figures(findings: &Findings) -> Vec<(Plot, String)> {
    const WAYS: [&str; 6] = [fault::SLICE, fault::SOFT, fault::RESIDENT, fault::EAGER, fault::SIGSEGV, fault::UFFD];
    let touches: Vec<&Group> = findings.groups.iter().filter(|group| group.section != fault::AGAIN).collect();
    let measured = arm_names(touches.iter().copied());
    let series: Vec<String> = WAYS.into_iter().map(str::to_owned).filter(|name| measured.contains(name)).collect();
    let dots = Dots {
        description: format!("{} Medians with 95 % intervals; the tables below have the values.", findings.question),
        axis: "time per page (logarithmic)".to_owned(),
        label: tick,
        reference: None,
        rows: rows(&touches, &series, |arm| (arm.median_ns > 0.0).then(|| point(arm))),
        series: styled(&series),
    };
    let caption = "Time of the first touch of a page. Further left is faster. The tables have the loops by hand, and the hardware pagers without a window.";
    let mut figures = vec![(Plot::Dots(dots), caption.to_owned())];
    figures.extend(curve(findings, fault::AGAIN, "reads of each page", Vec::new(), "Time for a page, by how often it is read in one call. Where two lines cross, the dear fault has paid for itself."));
    figures
}

/// Time for a page against what the rows of a table are called by: a number. Nothing if the table was not measured.
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
    let lines = Lines {
        description: format!("Time for a page against {of}; the tables below have the values."),
        axes: [format!("{of} (logarithmic)"), "time per page (logarithmic)".to_owned()],
        labels: [|number| format!("{number:.0}"), tick],
        series: styled(&arm_names(rows.iter().map(|(group, _)| *group))).into_iter().map(line).collect(),
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

/// Contracts that somebody brought along: each arm but the one that it is compared with.
fn contracts_figure(findings: &Findings) -> Vec<(Plot, String)> {
    let Some(base) = findings.groups.first().map(|group| group.base.clone()) else { return Vec::new() };
    let names: Vec<String> = arm_names(findings.groups.iter()).into_iter().filter(|name| *name != base).collect();
    let series = comparison::distinct(&names);
    let caption = format!("Time against {base}. Left of the line an arm is faster, right of it {base} is.");
    vec![against_figure(findings, series, &base, &caption)]
}

/// A nested call against a bare one, chains of them, and undoing beside other pages.
fn reentry_figures(findings: &Findings) -> Vec<(Plot, String)> {
    let among = |sections: &'static [&'static str]| move |group: &Group| sections.contains(&&*group.section);
    let bare = among(&[reentry::NESTED]);
    let chains = among(&[reentry::ONCE, reentry::DEPTH, reentry::PAGES]);
    let beside = among(&[reentry::BESIDE_WRITTEN, reentry::BESIDE_READ]);
    let figures: [(Shown<'_>, &str); 3] = [
        (
            &bare,
            "A nested call into a contract that touches no storage, beside wasmtime alone and beside arithmetic for the same gas. Further left is faster.",
        ),
        (
            &chains,
            "Time of a nested call within chains, by depth, by pages written, and by how calls end. Further left is faster.",
        ),
        (
            &beside,
            "A nested call that writes 16 pages and is undone, beside other pages: where the marks of a row lie on one another, undoing follows what the call wrote.",
        ),
    ];
    let measured = |shown: Shown<'_>| findings.groups.iter().any(shown);
    let drawn = figures.into_iter().filter(|(shown, _)| measured(shown));
    drawn.map(|(shown, caption)| times(findings, shown, caption)).collect()
}

/// A row for each size, a series for each way.
fn growth_figure(findings: &Findings) -> (Plot, String) {
    let series: Vec<String> = findings.groups.iter().map(|group| group.title.clone()).collect();
    let sizes = arm_names(findings.groups.iter());
    let row = |size: &String| {
        let values = findings.groups.iter().map(|group| group.arm(size).map(point)).collect();
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
    (Plot::Dots(dots), "A small transaction beside more and more other storage.".to_owned())
}
