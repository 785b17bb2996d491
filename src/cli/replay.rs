//! `vellum replay`

use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use serde::Serialize;
use vellum::fuzzing::{Oracle, ParseError, Scenario, StoreSteps, decode, prepared_does_the_same};
use vellum::paging::PagerKind;
use vellum::store::MemoryStore;
use vellum::vm::Vm;

use super::context::Context;
use super::error::CliError;
use super::run::run_lines;
use super::scenario::{self, Telling};
use super::signals::Signals;
use super::table::Table;

/// Run again what `vellum fuzz` has saved
///
/// A sequence that breaks contracts is run in memory, and each transaction is shown with the calls inside it; exit status 1
/// when it does something else than when it was saved. A scenario of the VM is run under every pager, steps of a store are
/// done to one in memory and one on disk, a module is compared with what it is prepared to, and bytes are decoded; exit
/// status 1 when it still fails.
#[derive(Debug, clap::Args)]
pub struct Replay {
    /// The saved file
    file: PathBuf,

    /// End with exit status 3 at a call that reverts or halts, unless its line expects a status
    #[arg(long)]
    fail: bool,
}

/// How scenarios of the VM went, for a program.
#[derive(Debug, Serialize)]
struct Replayed<'a> {
    transactions: usize,
    pagers: &'a [&'a str],
    /// How they fail, if they do.
    fails: Option<&'a str>,
}

/// How something else went, for a program.
#[derive(Debug, Serialize)]
struct Ran<'a> {
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
        // Scenarios of the VM have no objects in them.
        if text.trim_start().starts_with('{') {
            return self.replay_lines(text, context);
        }
        let misread = |error: ParseError| CliError::Scenario {
            file: self.file.display().to_string(),
            line: error.line,
            problem: Box::new(CliError::Line(error.problem)),
        };
        if StoreSteps::is_meant_by(&text) {
            let steps: StoreSteps = text.parse().map_err(misread)?;
            return self.finish("store", steps.run().err(), context);
        }
        let scenario: Scenario = text.parse().map_err(misread)?;
        let mut oracle = Oracle::new()?;
        let came = oracle.replay(&scenario);
        let pagers: Vec<_> = PagerKind::available().map(PagerKind::name).collect();
        let (transactions, error) = (scenario.transactions.len(), came.err().map(|error| error.to_string()));
        let document = Replayed { transactions, pagers: &pagers, fails: error.as_deref() };
        let ran = format!("{transactions} transactions under {}", pagers.join(", "));
        self.tell(&document, &ran, error.as_deref(), context)
    }

    /// Says whether what is no scenario fails.
    fn finish(self, ran: &str, error: Option<String>, context: &mut Context) -> Result<(), CliError> {
        let fails = error.as_deref();
        self.tell(&Ran { ran, fails }, ran, fails, context)
    }

    fn tell<T: Serialize>(
        &self,
        document: &T,
        ran: &str,
        fails: Option<&str>,
        context: &mut Context,
    ) -> Result<(), CliError> {
        let text = || Table::default().row("ran", ran).row("fails", fails.unwrap_or("no")).finish();
        match fails {
            None => context.output.document(|| document, text),
            Some(_) => Err(context.output.failing(|| document, text, CliError::StillFails(self.file.clone()))),
        }
    }

    /// Runs the lines in a store of their own.
    fn replay_lines(self, text: String, context: &mut Context) -> Result<(), CliError> {
        let vm = Vm::new(MemoryStore::new())?;
        let base = self.file.parent().unwrap_or(Path::new("")).to_owned();
        let mut scenario = scenario::Scenario::new(&vm, base, Telling::Trace);
        let signals = Signals::listen().map_err(CliError::Signals)?;
        run_lines(&self.file.display().to_string(), Cursor::new(text), &mut scenario, self.fail, &signals, context)
    }
}
