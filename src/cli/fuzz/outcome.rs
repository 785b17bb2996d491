//! The result of a search, as text and as JSON.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use vellum::fuzzing::search::Reach;

use crate::cli::shell::quoted;
use crate::cli::table::Table;
use crate::cli::untrusted;

/// The result of a search.
pub struct Outcome {
    pub seed: u64,
    pub reach: Reach,
    pub elapsed: Duration,
    pub names: Vec<String>,
    /// True if the search has views.
    pub views: bool,
    pub found: Option<SavedFinding>,
}

/// A finding, and the file that it was saved in.
pub struct SavedFinding {
    pub what: String,
    pub steps: usize,
    pub calls: String,
    pub path: PathBuf,
}

/// The result as JSON.
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
        let mut text = self.found.as_ref().map(|found| format!("{}\n", found.calls)).unwrap_or_default();
        let seconds = self.elapsed.as_secs_f64();
        let tried = format_args!("{} in {seconds:.1} s: {:.0} a second", reach.sequences, self.rate()).to_string();
        let mut table = Table::default()
            .row("seed", self.seed)
            .row("sequences", tried)
            .row("calls", format_args!("{} transactions, {} returned", reach.transactions, reach.returned))
            .row(
                "attacks",
                format_args!("{} times the attacker was called, {} re-entries", reach.attacked, reach.reentered),
            )
            .row("missed", format_args!("{} calls of functions that do not exist", reach.missed))
            .row("guidance", format_args!("{} sequences kept for {} signals", reach.kept, reach.signals));
        if self.views {
            let never = if reach.asked == 0 { ": so they were not tested" } else { "" };
            table = table.row("views", format_args!("returned {} times during other calls{never}", reach.asked));
        }
        for ((contract, name), function) in &reach.functions {
            let never = if function.returned == 0 { ": it never returned, so little of it was tested" } else { "" };
            table = table.row(
                "function",
                format_args!(
                    "{}.{}: {} calls, {} returned, {} re-entered{never}",
                    untrusted::line(&self.names[*contract]),
                    untrusted::line(name),
                    function.calls,
                    function.returned,
                    function.reentered
                ),
            );
        }
        table = match &self.found {
            Some(SavedFinding { what, steps, path, .. }) => table
                .row(
                    "found",
                    format_args!(
                        "{}, after {steps} transaction{}",
                        untrusted::line(what),
                        if *steps == 1 { "" } else { "s" }
                    ),
                )
                .row("saved", path.display())
                .row("again", format_args!("vellum replay {}", quoted(path.display()))),
            None => table.row("found", "nothing"),
        };
        text.push_str(&table.finish());
        text
    }
}
