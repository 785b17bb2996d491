//! Where the time of transactions goes.

use super::figure::Plot;
use crate::lab::experiments::{Findings, Measured};
use crate::lab::report::format::time;
use crate::lab::report::plot::{Bar, Bars, Series};

/// Bars of the parts of every arm that was divided; none if there is none.
pub fn figure(findings: &Findings) -> Option<(Plot, String)> {
    let mut bars = Vec::new();
    let mut parts: Vec<Series> = Vec::new();
    for group in &findings.groups {
        let divided: Vec<Bar> = group.arms.iter().filter_map(bar).collect();
        if divided.is_empty() {
            continue;
        }
        bars.push(Bar::Heading(format!("{}, {}", group.title, group.section)));
        bars.extend(divided);
        let split = group.arms.iter().find_map(|arm| arm.split.as_ref())?;
        let series = |(style, part): (usize, &crate::lab::experiments::Part)| Series { name: part.name.clone(), style };
        parts = split.parts.iter().enumerate().map(series).collect();
    }
    let plot = Bars {
        description: "Shares of the parts of each transaction's time; the table below has the values.".to_owned(),
        axis: "share of the time of a transaction, and the time of all of it".to_owned(),
        parts,
        bars,
    };
    let caption = "Where the time of a transaction goes: medians of its parts. A part stands at the same place in every bar, between the one that comes before it and the one after, and has its first letter where there is room.";
    (!plot.bars.is_empty()).then(|| (Plot::Bars(plot), caption.to_owned()))
}

fn bar(arm: &Measured) -> Option<Bar> {
    let split = arm.split.as_ref()?;
    let values = split.parts.iter().map(|part| part.median_ns).collect();
    Some(Bar::Parts(arm.name.clone(), values, time(split.median_ns)))
}
