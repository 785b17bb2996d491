//! What a search of contracts came to, as a person and a program read it.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use vellum::fuzzing::search::Reach;

use crate::cli::strangers;
use crate::cli::table::Table;

/// What it came to.
pub struct Outcome {
    pub seed: u64,
    pub reach: Reach,
    pub elapsed: Duration,
    pub names: Vec<String>,
    /// Whether there are exports to be asked inside calls.
    pub views: bool,
    pub found: Option<Found>,
}

/// What was found.
pub struct Found {
    pub what: String,
    pub steps: usize,
    pub story: String,
    pub path: PathBuf,
}

/// What it came to, for a program.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    seed: u64,
    sequences: u64,
    transactions: u64,
    returned: u64,
    seconds: f64,
    sequences_per_second: f64,
    reentered: u64,
    attacked: u64,
    deepest: u32,
    asked: u64,
    missed: u64,
    kept: usize,
    signals: usize,
    functions: Vec<FunctionReach<'a>>,
    found: Option<FoundFile<'a>>,
}

#[derive(Debug, Serialize)]
struct FunctionReach<'a> {
    contract: &'a str,
    function: &'a str,
    calls: u64,
    returned: u64,
    reentered: u64,
}

#[derive(Debug, Serialize)]
struct FoundFile<'a> {
    what: &'a str,
    transactions: usize,
    file: String,
}

impl Outcome {
    fn rate(&self) -> f64 {
        self.reach.sequences as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    pub fn document(&self) -> Document<'_> {
        let reach = &self.reach;
        let functions = reach.functions.iter().map(|((contract, name), reach)| FunctionReach {
            contract: &self.names[*contract],
            function: name,
            calls: reach.calls,
            returned: reach.returned,
            reentered: reach.reentered,
        });
        Document {
            seed: self.seed,
            sequences: reach.sequences,
            transactions: reach.transactions,
            returned: reach.returned,
            seconds: self.elapsed.as_secs_f64(),
            sequences_per_second: self.rate(),
            reentered: reach.reentered,
            attacked: reach.attacked,
            deepest: reach.deepest,
            asked: reach.asked,
            missed: reach.missed,
            kept: reach.kept,
            signals: reach.signals,
            functions: functions.collect(),
            found: self.found.as_ref().map(|found| FoundFile {
                what: &found.what,
                transactions: found.steps,
                file: found.path.display().to_string(),
            }),
        }
    }

    pub fn text(&self) -> String {
        let reach = &self.reach;
        let mut text = self.found.as_ref().map(|found| format!("{}\n", found.story)).unwrap_or_default();
        let seconds = self.elapsed.as_secs_f64();
        let tried = format_args!("{} in {seconds:.1} s: {:.0} a second", reach.sequences, self.rate()).to_string();
        let mut table = Table::default()
            .row("seed", self.seed)
            .row("sequences", tried)
            .row("calls", format_args!("{} transactions, of which {} returned", reach.transactions, reach.returned))
            .row(
                "attacks",
                format_args!("{} times the attacker was called, {} re-entries", reach.attacked, reach.reentered),
            )
            .row("missed", format_args!("{} calls of functions that are not there", reach.missed))
            .row("guidance", format_args!("{} sequences kept for {} signals", reach.kept, reach.signals));
        if self.views {
            let never = if reach.asked == 0 { ": so nothing is known of them" } else { "" };
            table = table.row("views", format_args!("answered {} times inside calls{never}", reach.asked));
        }
        for ((contract, name), function) in &reach.functions {
            let never = if function.returned == 0 { ": it never returned, so little was tried of it" } else { "" };
            table = table.row(
                "function",
                format_args!(
                    "{}.{}: {} calls, {} returned, {} re-entered{never}",
                    strangers::line(&self.names[*contract]),
                    strangers::line(name),
                    function.calls,
                    function.returned,
                    function.reentered
                ),
            );
        }
        table = match &self.found {
            Some(Found { what, steps, path, .. }) => table
                .row(
                    "found",
                    format_args!(
                        "{}, after {steps} transaction{}",
                        strangers::line(what),
                        if *steps == 1 { "" } else { "s" }
                    ),
                )
                .row("saved", path.display())
                .row("again", format_args!("vellum replay {}", path.display())),
            None => table.row("found", "nothing"),
        };
        text.push_str(&table.finish());
        text
    }
}
