//! The tables of the page.

use maud::{Markup, html};

use crate::lab::experiments::{Crossing, Findings, Group, Measured, Target};
use crate::lab::report::Report;
use crate::lab::report::format::{amount, digits, interval, time, time_interval};
use crate::lab::report::plots::arm_names;
use crate::lab::report::sentences::verdict;

pub fn targets(report: &Report) -> Markup {
    let targets: Vec<&Target> = report.experiments.iter().flat_map(|findings| &findings.targets).collect();
    html! {
        section id="targets" aria-labelledby="targets-title" {
            h2 id="targets-title" { "Targets" }
            div.scroll tabindex="0" role="region" aria-label="Targets" {
                table {
                    caption { "limits and results" }
                    thead { tr { th scope="col" { "target" } th scope="col" { "at most" } th scope="col" { "measured" } th scope="col" { "95 % interval" } th scope="col" { "verdict" } } }
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

/// The table of one section: a row for each comparison, and a column for each arm.
pub fn table(groups: &[&Group]) -> Markup {
    let arms = arm_names(groups.iter().copied());
    let first = groups[0];
    html! {
        div.scroll tabindex="0" role="region" aria-label=(first.section) {
            table {
                caption { (first.section) " · time per " (first.per.word()) ", and its ratio to that of " i { (first.base) } }
                thead { tr { th scope="col" { "row" } @for arm in &arms { th scope="col" { (arm) } } } }
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

/// The tables of crossovers.
pub fn crossings(crossings: &[Crossing]) -> Markup {
    html! { @for crossings in crossings.chunk_by(|a, b| a.of == b.of) { (crossings_of(crossings)) } }
}

fn crossings_of(crossings: &[Crossing]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label={ "Crossovers: " (crossings[0].of) } {
            table {
                caption { "crossovers · " (crossings[0].of) }
                thead { tr { th scope="col" { "faster below" } th scope="col" { "faster above" } th scope="col" { "crossover" } th scope="col" { "95 % interval" } } }
                tbody {
                    @for crossing in crossings {
                        tr {
                            th scope="row" { (crossing.below) }
                            td.words { (crossing.above) }
                            @match &crossing.found {
                                Some((found, range)) => { td { b { (amount(*found)) } } td { (amount(range.low)) " to " (amount(range.high)) } }
                                None => { td { "none" } td { "-" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The different notes of a table, each with the names of its rows.
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

/// A time, and its ratio to that of the base.
pub fn cell(arm: Option<&Measured>) -> Markup {
    let Some(arm) = arm else { return html! { span.none { "-" } } };
    html! {
        b { (time(arm.median_ns)) }
        @if arm.is_weak() { span.weak role="img" title=(words(arm)) aria-label={ "in doubt: " (words(arm)) } { "!" } }
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

/// Intervals of the medians, counts and warnings, for which the tables have no room.
pub fn details(findings: &Findings) -> Markup {
    html! {
        details {
            summary { "Intervals, counts and warnings of every arm" }
            div.scroll tabindex="0" role="region" aria-label="Details" {
                table {
                    caption { "every arm of every row" }
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
