//! `vellum replay`

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use vellum::exec::Vm;
use vellum::fuzzing::{Oracle, Scenario};
use vellum::paging::PagerKind;
use vellum::store::MemoryStore;

use super::Context;
use super::error::CliError;
use super::run::run_lines;
use super::scenario::{self, Telling};
use super::text::Table;

/// Run again what `vellum fuzz` has saved
///
/// A sequence that breaks contracts is run in memory, and each transaction is shown with the calls inside it; exit status 1
/// when it does something else than when it was saved. A scenario of the VM is run under every pager; exit status 1 when it
/// still fails.
#[derive(Debug, clap::Args)]
pub struct Replay {
    /// The saved file
    file: PathBuf,
}

impl Replay {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let file = |source| CliError::File { attempted: "reading", path: self.file.clone(), source };
        let text = fs::read_to_string(&self.file).map_err(file)?;
        // Scenarios of the VM have no objects in them.
        if text.trim_start().starts_with('{') {
            return self.replay_lines(&text, context);
        }
        let scenario: Scenario = text.parse().map_err(|error: vellum::fuzzing::ParseError| CliError::Scenario {
            file: self.file.display().to_string(),
            line: error.line,
            problem: Box::new(CliError::Line(error.problem)),
        })?;
        let mut oracle = Oracle::new()?;
        let came = oracle.replay(&scenario);
        let pagers: Vec<_> = PagerKind::available().map(PagerKind::name).collect();
        let (transactions, error) = (scenario.transactions.len(), came.err().map(|error| error.to_string()));
        let document = || json!({ "transactions": transactions, "pagers": pagers, "fails": error });
        let text = || {
            let table =
                Table::default().row("ran", format_args!("{transactions} transactions under {}", pagers.join(", ")));
            table.row("fails", error.as_deref().unwrap_or("no")).finish()
        };
        context.output.document(document, text)?;
        if error.is_some() { Err(CliError::StillFails(self.file)) } else { Ok(()) }
    }

    /// Runs the lines in a store of their own.
    fn replay_lines(self, text: &str, context: &mut Context) -> Result<(), CliError> {
        let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).build()?;
        let base = self.file.parent().unwrap_or(Path::new("")).to_owned();
        let mut scenario = scenario::Scenario::new(&vm, base, Telling::Trace);
        run_lines(&self.file.display().to_string(), text.as_bytes(), &mut scenario, context)
    }
}
