//! The results as a table for a terminal, and as a file for a spreadsheet.

use std::fmt::Write;

use super::format::{amount, digits, interval, ratio, time};
use super::sentences::verdict;
use super::{Report, sentences};
use crate::lab::experiments::{Crossing, Findings, Group, Target};

/// The summary for a terminal: a line for every arm, crossovers and targets, and then the sentences.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    for findings in &report.experiments {
        text += &experiment(findings);
    }
    for sentence in sentences::all(report) {
        text += &format!("{sentence}\n");
    }
    for missing in &report.missing {
        text += &format!("not measured: {missing}\n");
    }
    text
}

fn experiment(findings: &Findings) -> String {
    let mut text = format!("{}: {}\n", findings.name, findings.question);
    let mut section = "";
    for group in &findings.groups {
        if group.section != section {
            section = &group.section;
            let _ = writeln!(text, "  {section} (time per {}, ratio to {})", group.per.word(), group.base);
        }
        text += &lines(group);
    }
    for crossing in &findings.crossings {
        let found = crossing.found.map_or("never".to_owned(), |(found, range)| {
            format!("above {} ({} to {})", amount(found), amount(range.low), amount(range.high))
        });
        let Crossing { above, below, of, .. } = crossing;
        let _ = writeln!(text, "  {above} is faster than {below}, counted in {of}: {found}");
    }
    for target in &findings.targets {
        let _ = writeln!(text, "  target: {}: {}", target.claim, reached(target));
    }
    text + "\n"
}

fn lines(group: &Group) -> String {
    let line = |(index, arm): (usize, &crate::lab::experiments::Measured)| {
        let title = if index == 0 { group.title.as_str() } else { "" };
        let against = arm.ratio.as_ref().map(ratio).unwrap_or_default();
        let weak = if arm.is_weak() { "  !" } else { "" };
        format!("    {title:<24} {:<24} {:>10}  {against}{weak}", arm.name, time(arm.median_ns)).trim_end().to_owned()
            + "\n"
    };
    group.arms.iter().enumerate().map(line).collect()
}

/// The limit, the result and the verdict of a target.
fn reached(target: &Target) -> String {
    let (limit, found, range) = (digits(target.limit), digits(target.found), interval(&target.interval));
    let unit = &target.unit;
    let space = if unit == "x" { "" } else { " " };
    format!("at most {limit}{space}{unit}, measured {found}{space}{unit} ({range}): {}", verdict(target))
}

/// `summary.csv`: a heading, and a line for each arm.
pub fn csv(report: &Report) -> String {
    let mut text = "experiment,section,row,arm,per,median_ns,low_ns,high_ns,base,ratio,ratio_low,ratio_high,samples,batch,counts,warnings\n".to_owned();
    for findings in &report.experiments {
        for group in &findings.groups {
            for arm in &group.arms {
                let (low, high) = (arm.interval_ns.low, arm.interval_ns.high);
                let against = arm.ratio.map_or(String::from(",,"), |ratio| {
                    format!("{},{},{}", ratio.value, ratio.interval.low, ratio.interval.high)
                });
                let warnings: Vec<String> = arm.warnings.iter().map(ToString::to_string).collect();
                let counts: Vec<String> = arm.counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
                let names =
                    [&findings.name, &group.section, &group.title, &arm.name].map(|name| quoted(name)).join(",");
                let _ = writeln!(
                    text,
                    "{names},{},{},{low},{high},{},{against},{},{},{},{}",
                    group.per.word(),
                    arm.median_ns,
                    quoted(&group.base),
                    arm.samples_ns.len(),
                    arm.batch,
                    counts.join("; "),
                    quoted(&warnings.join("; ")),
                );
            }
        }
    }
    text
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
