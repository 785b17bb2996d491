//! `vellum replay`

use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use serde::Serialize;
use vellum::fuzzing::{Oracle, ParseError, Scenario, StoreSteps, Target, check_host, decode, prepared_does_the_same};
use vellum::paging::PagerKind;
use vellum::store::MemoryStore;
use vellum::vm::Vm;

use super::context::Context;
use super::error::CliError;
use super::run::run_lines;
use super::scenario::{self, Verbosity};
use super::signals::Signals;
use super::table::Table;
use super::untrusted;

/// Run again what `vellum fuzz` has saved
///
/// A sequence that breaks contracts runs in memory, and each transaction is shown with its nested calls; exit status 1 when its
/// results differ from those that were saved. A scenario of the VM runs under every pager, steps of a store run on one in memory
/// and on one on disk, a module is compared with its prepared forms, and bytes are decoded; exit status 1 when the file still
/// fails.
#[derive(Debug, clap::Args)]
pub struct Replay {
    /// The saved file
    file: PathBuf,

    /// End with exit status 3 at a call that reverts or halts, unless its line expects a status
    #[arg(long)]
    fail: bool,
}

/// The result of a scenario of the VM, as JSON.
#[derive(Debug, Serialize)]
struct ScenarioReport<'a> {
    transactions: usize,
    pagers: &'a [&'a str],
    /// The failure, if the scenario fails.
    fails: Option<&'a str>,
}

/// The result of another file, as JSON.
#[derive(Debug, Serialize)]
struct InputReport<'a> {
    ran: &'a str,
    fails: Option<&'a str>,
}

impl Replay {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let file = |source| CliError::File { attempted: "reading", path: self.file.clone(), source };
        let bytes = fs::read(&self.file).map_err(file)?;
        if bytes.starts_with(b"\0asm") {
            return self.finish("module", prepared_does_the_same(&bytes).err(), context);
        }
        if self.file.extension().is_some_and(|extension| extension == "bytes") {
            return self.finish("bytes", decode(&bytes).err(), context);
        }
        let invalid =
            |error: std::string::FromUtf8Error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error());
        let text = String::from_utf8(bytes).map_err(|error| file(invalid(error)))?;
        // Only sequences that break contracts are JSON lines.
        if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
            return self.replay_lines(text, context);
        }
        let misread = |error: ParseError| CliError::Scenario {
            file: self.file.display().to_string(),
            line: error.line,
            problem: Box::new(CliError::Line(error.problem)),
        };
        if StoreSteps::has_title(&text) {
            let steps: StoreSteps = text.parse().map_err(misread)?;
            return self.finish("store", steps.run().err(), context);
        }
        let scenario: Scenario = text.parse().map_err(misread)?;
        let mut oracle = Oracle::new()?;
        let result = oracle.replay(&scenario);
        let pagers: Vec<_> = PagerKind::available().map(PagerKind::name).collect();
        let (transactions, error) = (scenario.transactions.len(), result.err().map(|error| error.to_string()));
        let document = ScenarioReport { transactions, pagers: &pagers, fails: error.as_deref() };
        let ran = format!("{transactions} transactions under {}", pagers.join(", "));
        self.print(&document, &ran, error.as_deref(), context)
    }

    /// Prints the result of a file that is not a scenario.
    fn finish(self, ran: &str, error: Option<String>, context: &mut Context) -> Result<(), CliError> {
        let fails = error.as_deref();
        self.print(&InputReport { ran, fails }, ran, fails, context)
    }

    fn print<T: Serialize>(
        &self,
        document: &T,
        ran: &str,
        fails: Option<&str>,
        context: &mut Context,
    ) -> Result<(), CliError> {
        let fails_text = || format!("fails      {}\n", untrusted::lines(fails.unwrap_or("no")));
        let text = || Table::default().row("ran", ran).text(&fails_text()).finish();
        match fails {
            None => context.output.document(|| document, text),
            // A failure for lack of something on the host says nothing of the file.
            Some(_) if let Err(lack) = check_host(Target::Store) => Err(lack.into()),
            Some(_) => Err(context.output.failing(|| document, text, CliError::StillFails(self.file.clone()))),
        }
    }

    /// Runs JSON lines in a new store in memory.
    fn replay_lines(self, text: String, context: &mut Context) -> Result<(), CliError> {
        let vm = Vm::new(MemoryStore::new())?;
        let base = self.file.parent().unwrap_or(Path::new("")).to_owned();
        let mut scenario = scenario::Scenario::new(&vm, base, Verbosity::Trace);
        let signals = Signals::listen().map_err(CliError::Signals)?;
        run_lines(&self.file.display().to_string(), Cursor::new(text), &mut scenario, self.fail, &signals, context)
    }
}
