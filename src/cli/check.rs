//! `vellum check`
//!
//! A disk that fails under the map of the data file ends the process that reads it. So the check runs in a child process, and an abort
//! of the child counts as a problem.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::process::{Command, ExitStatus, Output as Finished};

use serde::{Deserialize, Serialize};
use vellum::store::{self, PageStore, SoundStorage};
use vellum::units::{Address, Version};

use super::context::Context;
use super::error::CliError;
use super::failure::Failure;
use super::state::{Purpose, State};
use super::table::Table;

const AFTER_HELP: &str = "\
A store with problems can still be used: contracts that are not listed as unsound are intact. For each unsound contract the
check shows the last version with a sound state. It is the newest version if the damage is not in its pages, but in its tree,
its history or its code. Otherwise it is the last version to which the diffs lead from the first one. `vellum rollback` with
that version repairs the contract as far as possible and lists what is lost. A rollback of any contract, even to its current
version, also repairs a damaged log record.";

/// Recompute everything in the store from its pages; exit status 1 when there are problems
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Check {
    /// Check in this process, which a failing disk may end
    #[arg(long, hide = true)]
    in_this_process: bool,
}

impl Check {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Context { state, output } = context;
        let report = if self.in_this_process { Report::of(state)? } else { check_apart(state)? };
        match report.problems.len() {
            0 => output.document(|| &report, || report.to_text()),
            count => {
                let error = CliError::ProblemsFound { path: state.directory.clone(), count };
                Err(output.failing(|| &report, || report.to_text(), error))
            }
        }
    }
}

/// The result of a check. If the check did not reach its end, the counts and the sound contracts are unknown.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Report {
    ok: bool,
    contracts: Option<u64>,
    pages: Option<u64>,
    problems: Vec<String>,
    sound: Option<u64>,
    unsound: Option<Vec<Unsound>>,
}

/// An account with problems.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Unsound {
    address: Address,
    newest_is_sound: bool,
    last_sound_version: Option<Version>,
}

impl Report {
    /// Checks a store in this process.
    fn of(state: &State) -> Result<Self, CliError> {
        let found = state.open_store(Purpose::Read)?.check()?;
        Ok(Self {
            ok: found.problems.is_empty(),
            contracts: Some(found.contracts),
            sound: Some(found.sound),
            pages: Some(found.pages),
            problems: found.problems.iter().map(ToString::to_string).collect(),
            unsound: Some(found.unsound.iter().map(Unsound::of).collect()),
        })
    }

    /// Reports that the child process was aborted, which only damage explains. `stderr` is what it printed.
    fn aborted(status: ExitStatus, stderr: &str) -> Self {
        let last_line = stderr.lines().last().unwrap_or("no message");
        Self {
            ok: false,
            contracts: None,
            sound: None,
            pages: None,
            unsound: None,
            problems: vec![format!(
                "the database cannot be read to its end: the check was aborted ({status}): {last_line}"
            )],
        }
    }

    fn to_text(&self) -> String {
        let count = |count: Option<u64>| count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
        let table = Table::default().row("contracts", count(self.contracts)).row("pages", count(self.pages));
        if self.problems.is_empty() {
            return table.row("result", "no problems").finish();
        }
        let table = self.problems.iter().fold(table, |table, problem| table.row("problem", problem));
        let table = table.row("sound", format_args!("{} of the contracts", count(self.sound)));
        self.unsound.iter().flatten().fold(table, |table, unsound| table.row("unsound", unsound)).finish()
    }
}

impl Unsound {
    fn of(found: &store::Unsound) -> Self {
        Self {
            address: found.address,
            newest_is_sound: matches!(found.storage, SoundStorage::Newest(_)),
            last_sound_version: found.storage.version(),
        }
    }
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.address)?;
        match (self.newest_is_sound, self.last_sound_version) {
            (true, Some(version)) => write!(f, "its newest state, of version {version}, is sound"),
            (_, Some(version)) => write!(f, "the last sound state to which its diffs lead is of version {version}"),
            (_, None) => f.write_str("no sound state of it is known"),
        }
    }
}

/// Checks a store in a child process.
fn check_apart(state: &State) -> Result<Report, CliError> {
    let failed = |error: std::io::Error| CliError::CheckProcess(error.to_string());
    let program = env::current_exe().map_err(failed)?;
    let mut command = Command::new(program);
    let mut directory = OsString::from("--state=");
    directory.push(&state.directory);
    command.arg("--json").arg(directory).args(["check", "--in-this-process"]);
    if state.no_lock {
        command.arg("--no-lock");
    }
    let Finished { status, stdout, stderr } = command.output().map_err(failed)?;
    if let Ok(report) = serde_json::from_slice(&stdout) {
        return Ok(report);
    }
    let stderr = String::from_utf8_lossy(&stderr);
    match (status.code(), serde_json::from_slice(&stdout)) {
        (None, _) => Ok(Report::aborted(status, &stderr)),
        (Some(_), Ok(Failure { error })) => Err(CliError::CheckFailed { kind: error.kind, message: error.message }),
        (Some(_), Err(_)) => Err(CliError::CheckProcess(format!("it ended ({status}) with the message {stderr:?}"))),
    }
}
