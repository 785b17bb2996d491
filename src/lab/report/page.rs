//! The page: what the numbers say, then for each experiment plot, table and method, then where it was measured.

use std::time::Duration;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::format::{count, date, digits, interval, time, time_interval};
use super::plots::{Figure, arm_names};
use super::sentences::verdict;
use super::{Report, plots, sentences};
use crate::lab::LabError;
use crate::lab::experiments::{Crossing, Findings, Group, Measured, Target, contracts};

pub fn render(report: &Report) -> Result<String, LabError> {
    let mut sections = Vec::new();
    for findings in &report.experiments {
        sections.push(experiment(findings, &plots::of(findings)?));
    }
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title(report)) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                a.skip href="#numbers" { "Skip to the numbers" }
                header {
                    h1 { (title(report)) }
                    p.place { (date(report.started)) " · " (report.environment.processor) " · " (report.environment.kernel) }
                    ul.sentences { @for sentence in sentences::all(report) { li { (sentence) } } }
                    @if !report.missing.is_empty() { (missing(report)) }
                    nav aria-label="Sections" {
                        @if has_targets(report) { a href="#targets" { "targets" } }
                        @for findings in &report.experiments { a href={ "#" (findings.name) } { (findings.name) } }
                        a href="#how" { "how a number is taken" }
                        a href="#environment" { "environment" }
                    }
                }
                main id="numbers" {
                    @if has_targets(report) { (targets(report)) }
                    @for section in sections { (section) }
                    (how(report))
                    (environment(report))
                }
            }
        }
    };
    Ok(page.into_string())
}

fn title(report: &Report) -> &str {
    match report.experiments.as_slice() {
        [only] if only.name == contracts::NAME => &only.question,
        _ => "Mapped contract storage against slice calls",
    }
}

fn has_targets(report: &Report) -> bool {
    report.experiments.iter().any(|findings| !findings.targets.is_empty())
}

fn missing(report: &Report) -> Markup {
    html! {
        div.missing role="note" {
            p { "The run was interrupted. Not measured:" }
            ul { @for missing in &report.missing { li { (missing) } } }
        }
    }
}

fn targets(report: &Report) -> Markup {
    let targets: Vec<&Target> = report.experiments.iter().flat_map(|findings| &findings.targets).collect();
    html! {
        section id="targets" aria-labelledby="targets-title" {
            h2 id="targets-title" { "Targets" }
            div.scroll tabindex="0" role="region" aria-label="Targets" {
                table {
                    thead { tr { th scope="col" { "what" } th scope="col" { "at most" } th scope="col" { "found" } th scope="col" { "95 % interval" } th scope="col" { "" } } }
                    tbody {
                        @for target in targets {
                            tr class=(if target.met() { "met" } else { "missed" }) {
                                th scope="row" { (target.claim) }
                                td { (quantity(target, target.limit)) }
                                td { b { (quantity(target, target.found)) } }
                                td { (range(target)) }
                                td.words { (verdict(target)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn quantity(target: &Target, value: f64) -> String {
    if target.unit == "x" { format!("{}x", digits(value)) } else { time(value) }
}

fn range(target: &Target) -> String {
    if target.unit == "x" { interval(&target.interval) } else { time_interval(&target.interval) }
}

fn experiment(findings: &Findings, figures: &[Figure]) -> Markup {
    let mut tables: Vec<Vec<&Group>> = Vec::new();
    for group in &findings.groups {
        match tables.iter_mut().find(|table| table[0].section == group.section) {
            Some(table) => table.push(group),
            None => tables.push(vec![group]),
        }
    }
    html! {
        section id=(findings.name) aria-labelledby={ (findings.name) "-title" } {
            h2 id={ (findings.name) "-title" } { (findings.question) }
            @for figure in figures {
                figure {
                    div.scroll tabindex="0" role="region" aria-label="Plot" { (PreEscaped(&figure.svg)) }
                    figcaption { (figure.caption) }
                }
            }
            p.timed { (findings.timed) }
            @for groups in &tables { (table(groups)) }
            @if !findings.crossings.is_empty() { (crossings(&findings.crossings)) }
            @if !tables.is_empty() { (details(findings)) }
            h3 { "Method" }
            @for sentence in &findings.method { p.method { (sentence) } }
        }
    }
}

/// Comparisons of one section: a row each, a column for each arm.
fn table(groups: &[&Group]) -> Markup {
    let arms = arm_names(groups.iter().copied());
    let first = groups[0];
    html! {
        div.scroll tabindex="0" role="region" aria-label=(first.section) {
            table {
                caption { (first.section) " · time per " (first.per.word()) ", and how many times that of " i { (first.base) } }
                thead { tr { th scope="col" { "" } @for arm in &arms { th scope="col" { (arm) } } } }
                tbody {
                    @for group in groups {
                        tr { th scope="row" { (group.title) } @for arm in &arms { td { (cell(group.arm(arm))) } } }
                    }
                }
            }
        }
        @for (rows, note) in notes(groups) { p.note { (rows) ": " (note) "." } }
    }
}

/// From how much on one way is better than another.
fn crossings(crossings: &[Crossing]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Break-even" {
            table {
                caption { "break-even · " (crossings[0].of) " from which on the second is better" }
                thead { tr { th scope="col" { "first" } th scope="col" { "second" } th scope="col" { "from" } th scope="col" { "95 % interval" } } }
                tbody {
                    @for crossing in crossings {
                        tr {
                            th scope="row" { (crossing.below) }
                            td.words { (crossing.above) }
                            @match &crossing.found {
                                Some((found, range)) => { td { b { (count(*found)) } } td { (count(range.low)) " to " (count(range.high)) } }
                                None => { td { "never" } td { "-" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Each note once, with the rows that it is about.
fn notes(groups: &[&Group]) -> Vec<(String, String)> {
    let mut notes: Vec<(String, String)> = Vec::new();
    for group in groups {
        let Some(note) = &group.note else { continue };
        match notes.iter_mut().find(|(_, known)| known == note) {
            Some((rows, _)) => *rows = format!("{rows}, {}", group.title),
            None => notes.push((group.title.clone(), note.clone())),
        }
    }
    notes
}

fn cell(arm: Option<&Measured>) -> Markup {
    let Some(arm) = arm else { return html! { span.none { "-" } } };
    html! {
        b { (time(arm.median_ns)) }
        @if arm.is_weak() { abbr title=(words(arm)) { "!" } }
        @if let Some(ratio) = &arm.ratio {
            br;
            @if ratio.interval.contains(1.0) { "no difference seen" } @else { (digits(ratio.value)) "x" }
            br;
            span.interval { (interval(&ratio.interval)) }
        }
    }
}

fn words(arm: &Measured) -> String {
    arm.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Intervals of the medians, counts and warnings: what the tables have no room for.
fn details(findings: &Findings) -> Markup {
    html! {
        details {
            summary { "Intervals, counts and warnings of every arm" }
            div.scroll tabindex="0" role="region" aria-label="Details" {
                table {
                    thead { tr { th scope="col" { "row" } th scope="col" { "arm" } th scope="col" { "median" } th scope="col" { "95 % interval" } th scope="col" { "samples x batch" } th scope="col" { "counts" } th scope="col" { "warnings" } } }
                    tbody {
                        @for group in &findings.groups { @for arm in &group.arms {
                            tr {
                                th scope="row" { (group.section) ", " (group.title) }
                                td.words { (arm.name) }
                                td { (time(arm.median_ns)) }
                                td { (time_interval(&arm.interval_ns)) }
                                td { (arm.samples_ns.len()) " x " (arm.batch) }
                                td.words { @for (name, count) in &arm.counts { (count) " " (name) br; } }
                                td.words { (words(arm)) }
                            }
                        } }
                    }
                }
            }
        }
    }
}

fn how(report: &Report) -> Markup {
    let sample = time(report.sample_ns as f64);
    html! {
        section id="how" aria-labelledby="how-title" {
            h2 id="how-title" { "How a number is taken" }
            p { "What is compared runs in one process, interleaved: " (report.rounds) " rounds, in each of which every arm is sampled once, in an order drawn anew. A sample is a batch sized beforehand to take about " (sample) "; the step of the clock is " (report.clock_step_ns) " ns." }
            p { "A time is the median of its samples. A ratio is the median of the quotients of the rounds, so that a slow spell of the machine cancels out; its interval is that of the 95 % percentile bootstrap with a fixed seed. Where the interval contains 1 the table says that no difference was seen. No sample is removed; “!” marks a series that is noisy or short against the clock. The details say which, and how many samples were far out." }
            @if report.findings(contracts::NAME).is_some() {
                p { "The two contracts are compared with each other: what calls give, and every page of storage. A difference ends the run without a report." }
            } @else {
                p { "Every call's result and state root are compared with a model in plain Rust. A wrong answer ends the run without a report." }
            }
        }
    }
}

fn environment(report: &Report) -> Markup {
    html! {
        section id="environment" aria-labelledby="environment-title" {
            h2 id="environment-title" { "Environment" }
            div.scroll tabindex="0" role="region" aria-label="Environment" {
                table.environment { tbody {
                    @for (name, value) in report.environment.rows() { tr { th scope="row" { (name) } td.words { (value) } } }
                    tr { th scope="row" { "time taken" } td.words { (digits(Duration::from_secs_f64(report.seconds.max(0.0)).as_secs_f64())) " s" } }
                    tr { th scope="row" { "to repeat" } td.words { code { (report.command) } } }
                } }
            }
            p { "All samples are in " a href="data.json" { "data.json" } ", a line for each arm in " a href="summary.csv" { "summary.csv" } "." }
        }
    }
}
