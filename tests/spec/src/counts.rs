//! What was run and what was skipped, as the rows of a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use crate::placement::Placement;
use crate::skip::Skip;

/// Numbers by script and by what they count.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<(String, String), usize>);

impl Counts {
    pub fn add(&mut self, script: &str, what: impl Into<String>, number: usize) {
        if number > 0 {
            *self.0.entry((script.to_owned(), what.into())).or_default() += number;
        }
    }

    /// Counts what is skipped in a placement.
    pub fn skip(&mut self, script: &str, placement: Placement, reason: &Skip, number: usize) {
        self.add(script, format!("{}: skipped: {}", placement.name(), reason.0), number);
    }

    pub fn merge(&mut self, other: Self) {
        for ((script, what), number) in other.0 {
            self.add(&script, what, number);
        }
    }

    /// The sums over all scripts.
    pub fn totals(&self) -> Self {
        let mut totals = Self::default();
        for ((_, what), number) in &self.0 {
            totals.add("all scripts", what.clone(), *number);
        }
        totals
    }

    /// Returns the text of the file.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for ((script, what), number) in &self.0 {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{script}: {what}: {number}");
        }
        text
    }

    /// The file with the counts of a complete run.
    pub fn file() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("counts.txt")
    }
}

/// Returns the lines of which only one of two texts has some, marked with `-` and `+`.
pub fn differences(expected: &str, found: &str) -> String {
    let lines = |marker, of: &str, other: &str| {
        let others = other.lines().collect::<std::collections::BTreeSet<_>>();
        let only = of.lines().filter(|line| !others.contains(line)).map(|line| format!("{marker} {line}\n"));
        only.collect::<String>()
    };
    lines('-', expected, found) + &lines('+', found, expected)
}
