//! `vellum replay`

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use vellum::fuzzing::{Oracle, Scenario};
use vellum::paging::PagerKind;

use super::Context;
use super::error::CliError;
use super::text::Table;

/// Run a scenario that `vellum fuzz` saved again; exit status 1 when it still fails
#[derive(Debug, clap::Args)]
pub struct Replay {
    /// The scenario's file
    file: PathBuf,
}

impl Replay {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let file = |source| CliError::File { attempted: "reading", path: self.file.clone(), source };
        let text = fs::read_to_string(&self.file).map_err(file)?;
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
}
