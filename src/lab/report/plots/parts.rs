//! The plot of the phases of transactions.

use super::figure::Plot;
use crate::lab::experiments::{Findings, Measured, PhaseSamples};
use crate::lab::report::format::time;
use crate::lab::report::plot::{Bar, Bars, Series};

/// A bar for each arm with a stopwatch. Without such an arm there is no plot.
pub fn figure(findings: &Findings) -> Option<(Plot, String)> {
    let mut bars = Vec::new();
    let mut parts: Vec<Series> = Vec::new();
    for group in &findings.groups {
        let bars_of_row: Vec<Bar> = group.arms.iter().filter_map(bar).collect();
        if bars_of_row.is_empty() {
            continue;
        }
        bars.push(Bar::Heading(format!("{}, {}", group.title, group.section)));
        bars.extend(bars_of_row);
        let split = group.arms.iter().find_map(|arm| arm.split.as_ref())?;
        let series = |(style, phase): (usize, &PhaseSamples)| Series { name: phase.name.clone(), style };
        parts = split.parts.iter().enumerate().map(series).collect();
    }
    let plot = Bars {
        description: "Shares of the phases of each transaction; the table below has the values.".to_owned(),
        axis: "share of the time of a transaction, and its whole time".to_owned(),
        parts,
        bars,
    };
    let caption = "Where the time of a transaction goes: medians of its phases. The phases have the same order in every bar. Each is marked with its first letter if it is wide enough.";
    (!plot.bars.is_empty()).then(|| (Plot::Bars(plot), caption.to_owned()))
}

fn bar(arm: &Measured) -> Option<Bar> {
    let split = arm.split.as_ref()?;
    let values = split.parts.iter().map(|part| part.median_ns).collect();
    Some(Bar::Parts(arm.name.clone(), values, time(split.median_ns)))
}
