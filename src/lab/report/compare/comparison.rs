//! What two runs found of the same arms, and how it is told.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::lab::measure::{Ratio, Verdict};
use crate::lab::report::format::{date, digits, ratio, time};

/// What two runs found of the same arms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The first run and the second.
    pub runs: [Run; 2],
    /// What both measured, in the order of the first.
    pub rows: Vec<Compared>,
    /// What only the first measured, and what only the second did.
    pub alone: [Vec<String>; 2],
    /// Where the runs were not made with the same, or on the same.
    pub environment: Vec<Different>,
}

/// Which run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// Its file.
    pub file: String,
    /// When it began, in seconds since 1970, UTC.
    pub started: u64,
    /// What repeats it.
    pub command: String,
}

/// Something that is not the same in both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Different {
    /// What.
    pub name: String,
    /// In the first and in the second.
    pub values: [String; 2],
}

/// An arm of both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// Of which experiment.
    pub experiment: String,
    /// In which table.
    pub section: String,
    /// In which row.
    pub title: String,
    /// The arm.
    pub arm: String,
    /// The medians, in nanoseconds.
    pub medians_ns: [f64; 2],
    /// The second's median over the first's, with the interval of both; nothing where one of them is no time.
    pub ratio: Option<Ratio>,
    /// What may be said of that.
    pub verdict: Option<Verdict>,
    /// Against the base of the row within each run: drift between the runs is not in these.
    pub against_base: [Option<Ratio>; 2],
    /// Counts that are not the same. These depend on no clock.
    pub counts: BTreeMap<String, [Option<u64>; 2]>,
}

impl Comparison {
    /// How many rows the second run was faster in, slower, and neither.
    fn tally(&self) -> [usize; 3] {
        let verdicts = [Verdict::Faster, Verdict::Slower, Verdict::NoDifference];
        verdicts.map(|verdict| self.rows.iter().filter(|row| row.verdict == Some(verdict)).count())
    }

    /// What may be said of the whole.
    pub fn sentences(&self) -> Vec<String> {
        let [faster, slower, even] = self.tally();
        let total = faster + slower + even;
        let mut sentences = vec![format!(
            "Of {total} arms that both runs measured, the second was faster in {faster} and slower in {slower} beyond the 95 % interval, and no difference is seen in {even}."
        )];
        if total > 0 {
            sentences.push(format!(
                "These are different runs: what drifted between them is in the ratios and not in their intervals. Even without a drift at least {} of {total} intervals of 95 % miss.",
                total.div_ceil(20)
            ));
        }
        let counted = self.rows.iter().filter(|row| !row.counts.is_empty()).count();
        sentences.push(match counted {
            0 => "All counts that both runs have are the same.".to_owned(),
            _ => format!("Counts differ in {counted} arms; they depend on no clock."),
        });
        for (index, which) in ["first", "second"].into_iter().enumerate() {
            if !self.alone[index].is_empty() {
                sentences.push(format!("{} arms are in the {which} run only.", self.alone[index].len()));
            }
        }
        sentences
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (run, word) in self.runs.iter().zip(["first", "second"]) {
            text += &format!("{word:<7}{}: {}, {}\n", run.file, date(run.started), run.command);
        }
        for Different { name, values: [first, second] } in &self.environment {
            text += &format!("  {name}: {first} -> {second}\n");
        }
        let mut place = ("", "", "");
        for row in &self.rows {
            if place.0 != row.experiment {
                text += &format!("{}\n", row.experiment);
            }
            if (place.0, place.1) != (&*row.experiment, &*row.section) {
                text += &format!("  {}\n", row.section);
            }
            let title = if place == row.place() { "" } else { &row.title };
            place = row.place();
            let [first, second] = row.medians_ns.map(time);
            text += &format!("    {title:<24} {:<24} {first:>10} {second:>10}  {}\n", row.arm, row.words());
        }
        for (only, which) in self.alone.iter().zip(["first", "second"]) {
            for row in only {
                text += &format!("in the {which} only: {row}\n");
            }
        }
        text + "\n" + &self.sentences().join("\n") + "\n"
    }
}

impl Compared {
    fn place(&self) -> (&str, &str, &str) {
        (&self.experiment, &self.section, &self.title)
    }

    /// The ratio and what may be said of it, and the counts that differ.
    fn words(&self) -> String {
        let said = match (&self.ratio, self.verdict) {
            (Some(found), Some(verdict)) => format!("{}  {}", ratio(found), word(verdict)),
            _ => "no ratio: one of the medians is no time".to_owned(),
        };
        self.counts.iter().fold(said, |said, (name, [first, second])| {
            format!("{said}; {name} {} -> {}", counted(*first), counted(*second))
        })
    }
}

/// What is said of the second run.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Faster => "faster",
        Verdict::Slower => "slower",
        Verdict::NoDifference => "no difference seen",
    }
}

/// A count, if there is one.
pub fn counted(count: Option<u64>) -> String {
    count.map_or("none".to_owned(), |count| count.to_string())
}

/// A ratio within a run.
pub fn within(found: Option<&Ratio>) -> String {
    found.map_or("-".to_owned(), |found| format!("{}x", digits(found.value)))
}
