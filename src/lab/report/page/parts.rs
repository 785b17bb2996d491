//! The table of the phases of transactions.

use maud::{Markup, html};

use crate::lab::experiments::{Findings, Group, Measured, TimeSplit};
use crate::lab::report::format::{digits, interval, time};

/// A row for each arm with a stopwatch and a column for each phase. Without such an arm there is no table.
pub fn table(findings: &Findings) -> Markup {
    let rows_of = |group: &'_ Group| -> Vec<(String, Measured, TimeSplit)> {
        let row = |arm: &Measured| Some((format!("{}, {}", group.title, arm.name), arm.clone(), arm.split.clone()?));
        group.arms.iter().filter_map(row).collect()
    };
    let rows: Vec<_> = findings.groups.iter().flat_map(rows_of).collect();
    let Some((_, _, first)) = rows.first() else { return html! {} };
    html! {
        div.scroll tabindex="0" role="region" aria-label="Where the time goes" {
            table {
                caption { "where the time goes · median of each phase, and its share of the sum of the phases" }
                thead { tr {
                    th scope="col" { "row" }
                    @for part in &first.parts { th scope="col" { (part.name) } }
                    th scope="col" { "whole" }
                    th scope="col" { "with the stopwatch" }
                } }
                tbody { @for (name, arm, split) in &rows { tr {
                    th scope="row" { (name) }
                    @for (part, share) in split.parts.iter().zip(shares(split)) {
                        td { (time(part.median_ns)) br; span.interval { (format!("{share:.0} %")) } }
                    }
                    td { b { (time(arm.median_ns)) } }
                    td { (overhead(split)) }
                } } }
            }
        }
    }
}

/// How many times as long a transaction takes with the stopwatch.
fn overhead(split: &TimeSplit) -> Markup {
    html! {
        @if let Some(ratio) = &split.overhead {
            (digits(ratio.value)) "x" br; span.interval { (interval(&ratio.interval)) }
        } @else { "-" }
    }
}

/// The share of each phase, in per cent. The rest of the whole may be slightly negative, and then counts as 0.
fn shares(split: &TimeSplit) -> Vec<f64> {
    let medians: Vec<f64> = split.parts.iter().map(|part| part.median_ns.max(0.0)).collect();
    let sum: f64 = medians.iter().sum();
    medians.into_iter().map(|median| 100.0 * median / sum).collect()
}
