//! The overview: one picture of what mapping gains and loses, compared with host calls, for readers who do not know the report.

use super::Report;
use super::plot::{Dots, Row, Series};
use super::plots::draw_dots;
use crate::lab::LabError;
use crate::lab::experiments::{Group, access, call};
use crate::lab::measure::Ratio;

/// The file names of the pictures, each with its scheme.
pub const OVERVIEW: [(&str, Scheme); 2] = [("overview-light.svg", Scheme::Light), ("overview-dark.svg", Scheme::Dark)];

/// The colours of the page, in two schemes.
const STYLE: &str = include_str!("style.css");

/// The text that precedes the dark scheme in the stylesheet.
const DARK: &str = "@media (prefers-color-scheme: dark)";

/// The names of the series, in the order of the values of a row.
const SERIES: [&str; 3] =
    ["mapped storage", "mapped storage, with the commit to disk", "the contract's own memory, which is no storage"];

/// The colours of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Scheme {
    /// The part of the stylesheet that defines the scheme.
    fn style(self) -> &'static str {
        let (light, rest) = STYLE.split_once(DARK).unwrap_or((STYLE, STYLE));
        match self {
            Self::Light => light,
            Self::Dark => rest,
        }
    }

    /// The colour of a CSS variable.
    fn color(self, name: &str) -> Option<&'static str> {
        let (_, rest) = self.style().split_once(&format!("--{name}: "))?;
        rest.split(';').next()
    }

    /// Replaces CSS variables with their colours, and fills the background.
    fn apply(self, svg: &str) -> String {
        let mut parts = svg.split("var(--");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once(')').unwrap_or((part, ""));
            text += self.color(name).unwrap_or("none");
            text += rest;
        }
        let paper = self.color("paper").unwrap_or("none");
        text.replacen("</title>\n", &format!("</title>\n<rect width=\"100%\" height=\"100%\" fill=\"{paper}\"/>\n"), 1)
    }
}

impl Report {
    /// The overview as an SVG file: times of accesses and transactions on mapped storage, as multiples of the times with host calls.
    ///
    /// # Errors
    /// [`LabError::Plot`] if the run measured neither `access` nor `call`, or the plot could not be drawn.
    pub fn overview(&self, scheme: Scheme) -> Result<String, LabError> {
        let mut rows = self.access_rows();
        rows.extend(self.call_rows());
        if rows.is_empty() {
            let reason = "the run measured neither access nor call".to_owned();
            return Err(LabError::Plot { experiment: "overview".to_owned(), reason });
        }
        let dots = Dots {
            description: "Time on mapped storage as a multiple of the time of the same work with host calls, with 95 % intervals. Left of the line at 1 mapped storage is faster.".to_owned(),
            axis: "time as a multiple of the time with host calls (logarithmic); mapped storage is faster left of the line at 1x".to_owned(),
            label: |value| format!("{value}x"),
            reference: Some(1.0),
            series: SERIES.iter().zip([1, 3, 0]).map(|(name, style)| Series { name: (*name).to_owned(), style }).collect(),
            rows,
        };
        Ok(scheme.apply(&draw_dots("overview", dots)?.svg))
    }

    fn access_rows(&self) -> Vec<Row> {
        let Some(findings) = self.findings(access::EXPERIMENT.name) else { return Vec::new() };
        let row = |(section, title, name): (&str, &str, &str)| {
            let group = findings.group(section, title)?;
            let [mapped, own] = [access::SOFT, access::OWN].map(|arm| group.ratio(arm, access::SLICE).map(dot));
            Some(Row::Dots(name.to_owned(), vec![mapped, None, own]))
        };
        let rows = [
            (access::READ, "sequential", "read, sequential"),
            (access::READ, "random", "read, random"),
            (access::WRITE, "sequential", "write, sequential"),
            (access::WRITE, "random", "write, random"),
        ];
        headed("One access of 8 bytes", rows.into_iter().filter_map(row))
    }

    fn call_rows(&self) -> Vec<Row> {
        let Some(findings) = self.findings(call::EXPERIMENT.name) else { return Vec::new() };
        let mapped = |group: &Group| group.ratio(call::SOFT, call::SLICES).map(dot);
        let row = |dry: &Group| {
            let committed = findings.group(call::DISK, &dry.title).and_then(mapped);
            Row::Dots(words(&dry.title).to_owned(), vec![mapped(dry), committed, None])
        };
        headed("One transaction", findings.groups.iter().filter(|group| group.section == call::DRY).map(row))
    }
}

/// Rows below a heading; none if there are no rows.
fn headed(heading: &str, rows: impl Iterator<Item = Row>) -> Vec<Row> {
    let mut rows: Vec<Row> = rows.collect();
    if !rows.is_empty() {
        rows.insert(0, Row::Heading(heading.to_owned()));
    }
    rows
}

fn dot(ratio: Ratio) -> [f64; 3] {
    [ratio.value, ratio.interval.low, ratio.interval.high]
}

/// A workload in words that need no explanation and fit beside a plot.
fn words(workload: &str) -> &str {
    match workload {
        "counter" => "add to one counter",
        "token" => "one token transfer",
        "token batch" => "100 token transfers",
        "scatter read" => "read from many pages",
        "scatter" => "write to many pages",
        "scan" => "read a large array",
        "fill" => "write a large array",
        "tree" => "100 keys in a B-tree",
        "blob" => "copy large records",
        "ledger" => "append to a log",
        "reenter" => "nested calls",
        other => other,
    }
}
