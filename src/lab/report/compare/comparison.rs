//! The comparison of two runs, and its text.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::lab::measure::{Ratio, Verdict};
use crate::lab::report::format::{date, digits, ratio, time};

/// The comparison of two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The first and the second run.
    pub runs: [Run; 2],
    /// The arms of both runs, in the order of the first.
    pub rows: Vec<Compared>,
    /// The arms that only the first run has, and those that only the second has.
    pub alone: [Vec<String>; 2],
    /// The differences of the environments and plans.
    pub environment: Vec<Different>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// Its file.
    pub file: String,
    /// When it began, in seconds since 1970, UTC.
    pub started: u64,
    /// The command that repeats it.
    pub command: String,
}

/// A difference of the environments or plans of two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Different {
    /// The name of the value.
    pub name: String,
    /// The values in the first and in the second run.
    pub values: [String; 2],
}

/// An arm of both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// The name of the experiment.
    pub experiment: String,
    /// The name of the table.
    pub section: String,
    /// The name of the row.
    pub title: String,
    /// The name of the arm.
    pub arm: String,
    /// The medians, in nanoseconds.
    pub medians_ns: [f64; 2],
    /// The second median divided by the first, with an interval from both runs; nothing if a median is not above 0.
    pub ratio: Option<Ratio>,
    /// The conclusion that the ratio supports.
    pub verdict: Option<Verdict>,
    /// The ratio to the base of the row within each run. It does not contain the drift between the runs.
    pub against_base: [Option<Ratio>; 2],
    /// The counts that differ. They do not depend on a clock.
    pub counts: BTreeMap<String, [Option<u64>; 2]>,
}

impl Comparison {
    /// The number of arms that are faster in the second run, slower, and without a difference.
    fn tally(&self) -> [usize; 3] {
        let verdicts = [Verdict::Faster, Verdict::Slower, Verdict::NoDifference];
        verdicts.map(|verdict| self.rows.iter().filter(|row| row.verdict == Some(verdict)).count())
    }

    /// The results in sentences.
    pub fn sentences(&self) -> Vec<String> {
        let [faster, slower, even] = self.tally();
        let total = faster + slower + even;
        let mut sentences = vec![format!(
            "Both runs measured {total} arms. Beyond the 95 % interval, the second run is faster in {faster}, slower in {slower}, and neither in {even}."
        )];
        if total > 0 {
            sentences.push(format!(
                "The ratios of different runs contain the drift of the host between the runs, but their intervals do not. Even without a drift, about {} of {total} intervals of 95 % miss the true ratio.",
                total.div_ceil(20)
            ));
        }
        let counted = self.rows.iter().filter(|row| !row.counts.is_empty()).count();
        sentences.push(match counted {
            0 => "All counts that both runs have are equal.".to_owned(),
            _ => format!("Counts differ in {counted} arms. Counts do not depend on a clock."),
        });
        for (index, which) in ["first", "second"].into_iter().enumerate() {
            if !self.alone[index].is_empty() {
                sentences.push(format!("{} arms are only in the {which} run.", self.alone[index].len()));
            }
        }
        sentences
    }

    /// The comparison for a terminal.
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
                text += &format!("only in the {which} run: {row}\n");
            }
        }
        text + "\n" + &self.sentences().join("\n") + "\n"
    }
}

impl Compared {
    fn place(&self) -> (&str, &str, &str) {
        (&self.experiment, &self.section, &self.title)
    }

    /// The ratio and its verdict, and the counts that differ.
    fn words(&self) -> String {
        let ratio = match (&self.ratio, self.verdict) {
            (Some(found), Some(verdict)) => format!("{}  {}", ratio(found), word(verdict)),
            _ => "no ratio: a median is not above 0".to_owned(),
        };
        self.counts.iter().fold(ratio, |text, (name, [first, second])| {
            format!("{text}; {name} {} -> {}", counted(*first), counted(*second))
        })
    }
}

/// A verdict on the second run.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Faster => "faster",
        Verdict::Slower => "slower",
        Verdict::NoDifference => "no difference seen",
    }
}

/// A count, or "none".
pub fn counted(count: Option<u64>) -> String {
    count.map_or("none".to_owned(), |count| count.to_string())
}

/// A ratio within a run, or a dash.
pub fn within(found: Option<&Ratio>) -> String {
    found.map_or("-".to_owned(), |found| format!("{}x", digits(found.value)))
}
