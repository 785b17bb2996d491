//! `vellum check`
//!
//! The database under the store has no checksums in its own tree and ends the process where it finds it damaged. So the
//! check runs in a child process, whose death is a problem found.

use std::env;
use std::path::Path;
use std::process::{Command, ExitStatus, Output as Finished};

use serde_json::{Value, json};
use vellum::store::PageStore;

use super::Context;
use super::error::CliError;
use super::state::{Purpose, open_store};
use super::text::Table;

/// Recompute everything in the store from its pages; exit status 1 when something is wrong
#[derive(Debug, clap::Args)]
pub struct Check {
    /// Check in this process, whatever the database does to it
    #[arg(long, hide = true)]
    in_this_process: bool,
}

impl Check {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let report = if self.in_this_process { Report::of(&context.state)? } else { check_apart(&context.state)? };
        context.output.document(|| report.to_json(), || report.to_text())?;
        match report.problems.len() {
            0 => Ok(()),
            count => Err(CliError::ProblemsFound { path: context.state.clone(), count }),
        }
    }
}

/// What was found. The counts are unknown where the check did not come to its end.
#[derive(Debug, PartialEq, Eq)]
struct Report {
    contracts: Option<u64>,
    pages: Option<u64>,
    problems: Vec<String>,
}

impl Report {
    /// Checks a store in this process.
    fn of(state: &Path) -> Result<Self, CliError> {
        let found = open_store(state, Purpose::Read)?.check()?;
        let problems = found.problems.iter().map(ToString::to_string).collect();
        Ok(Self { contracts: Some(found.contracts), pages: Some(found.pages), problems })
    }

    /// The check itself came to an end that only damage explains.
    fn died(status: ExitStatus, said: &str) -> Self {
        let said = said.lines().last().unwrap_or("it said nothing");
        Self {
            contracts: None,
            pages: None,
            problems: vec![format!("the database cannot be read to its end: the check died ({status}): {said}")],
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "ok": self.problems.is_empty(),
            "contracts": self.contracts,
            "pages": self.pages,
            "problems": self.problems,
        })
    }

    fn from_json(text: &[u8]) -> Option<Self> {
        let json: Value = serde_json::from_slice(text).ok()?;
        let problem = |problem: &Value| problem.as_str().map(str::to_owned);
        Some(Self {
            contracts: json["contracts"].as_u64(),
            pages: json["pages"].as_u64(),
            problems: json["problems"].as_array()?.iter().map(problem).collect::<Option<_>>()?,
        })
    }

    fn to_text(&self) -> String {
        let count = |count: Option<u64>| count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
        let table = Table::default().row("contracts", count(self.contracts)).row("pages", count(self.pages));
        let table = self.problems.iter().fold(table, |table, problem| table.row("problem", problem));
        match self.problems.is_empty() {
            true => table.row("result", "everything is as it should be").finish(),
            false => table.finish(),
        }
    }
}

/// Checks a store in a process of its own.
fn check_apart(state: &Path) -> Result<Report, CliError> {
    let failed = |error: std::io::Error| CliError::CheckProcess(error.to_string());
    let program = env::current_exe().map_err(failed)?;
    let mut command = Command::new(program);
    command.arg("--json").arg("--state").arg(state).args(["check", "--in-this-process"]);
    let Finished { status, stdout, stderr } = command.output().map_err(failed)?;
    if let Some(report) = Report::from_json(&stdout) {
        return Ok(report);
    }
    let said = String::from_utf8_lossy(&stderr);
    match status.code() {
        Some(_) => Err(CliError::CheckFailed(said.trim_end().trim_start_matches("error: ").to_owned())),
        None => Ok(Report::died(status, &said)),
    }
}
