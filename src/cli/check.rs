//! `vellum check`
//!
//! The database under the store has no checksums in its own tree and ends the process where it finds it damaged. So the
//! check runs in a child process, whose death is a problem found.

use std::env;
use std::fmt;
use std::path::Path;
use std::process::{Command, ExitStatus, Output as Finished};

use serde_json::{Value, json};
use vellum::store::{self, PageStore, SoundStorage};

use super::Context;
use super::error::CliError;
use super::state::{Purpose, open_store};
use super::text::Table;

const AFTER_HELP: &str = "\
A store with problems can be gone on with: contracts that are not named as unsound are whole. Of each that is named, the
last version is given of which the state is sound: the newest, if what is wrong lies beside its pages (in its tree, its
history or its code), or one that its diffs lead to from the first version on. `vellum rollback` with that version puts the
contract right as far as that can be done, and says what is lost. A damaged log record is written anew by a rollback of any
contract, to the version that it has, too.";

/// Recompute everything in the store from its pages; exit status 1 when something is wrong
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
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

/// What was found. The counts, and what is sound, are unknown where the check did not come to its end.
#[derive(Debug, PartialEq, Eq)]
struct Report {
    contracts: Option<u64>,
    sound: Option<u64>,
    pages: Option<u64>,
    problems: Vec<String>,
    unsound: Option<Vec<Unsound>>,
}

/// An account that the problems touch.
#[derive(Debug, PartialEq, Eq)]
struct Unsound {
    address: String,
    newest_is_sound: bool,
    last_sound_version: Option<u64>,
}

impl Report {
    /// Checks a store in this process.
    fn of(state: &Path) -> Result<Self, CliError> {
        let found = open_store(state, Purpose::Read)?.check()?;
        Ok(Self {
            contracts: Some(found.contracts),
            sound: Some(found.sound),
            pages: Some(found.pages),
            problems: found.problems.iter().map(ToString::to_string).collect(),
            unsound: Some(found.unsound.iter().map(Unsound::of).collect()),
        })
    }

    /// The check itself came to an end that only damage explains.
    fn died(status: ExitStatus, said: &str) -> Self {
        let said = said.lines().last().unwrap_or("it said nothing");
        Self {
            contracts: None,
            sound: None,
            pages: None,
            unsound: None,
            problems: vec![format!("the database cannot be read to its end: the check died ({status}): {said}")],
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "ok": self.problems.is_empty(),
            "contracts": self.contracts,
            "pages": self.pages,
            "problems": self.problems,
            "sound": self.sound,
            "unsound": self.unsound.as_ref().map(|unsound| unsound.iter().map(Unsound::to_json).collect::<Vec<_>>()),
        })
    }

    fn from_json(text: &[u8]) -> Option<Self> {
        let json: Value = serde_json::from_slice(text).ok()?;
        let problem = |problem: &Value| problem.as_str().map(str::to_owned);
        Some(Self {
            contracts: json["contracts"].as_u64(),
            sound: json["sound"].as_u64(),
            pages: json["pages"].as_u64(),
            problems: json["problems"].as_array()?.iter().map(problem).collect::<Option<_>>()?,
            unsound: json["unsound"].as_array().and_then(|all| all.iter().map(Unsound::from_json).collect()),
        })
    }

    fn to_text(&self) -> String {
        let count = |count: Option<u64>| count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
        let table = Table::default().row("contracts", count(self.contracts)).row("pages", count(self.pages));
        if self.problems.is_empty() {
            return table.row("result", "everything is as it should be").finish();
        }
        let table = self.problems.iter().fold(table, |table, problem| table.row("problem", problem));
        let table = table.row("sound", format_args!("{} of the contracts", count(self.sound)));
        self.unsound.iter().flatten().fold(table, |table, unsound| table.row("unsound", unsound)).finish()
    }
}

impl Unsound {
    fn of(found: &store::Unsound) -> Self {
        Self {
            address: found.address.to_string(),
            newest_is_sound: matches!(found.storage, SoundStorage::Newest(_)),
            last_sound_version: found.storage.version().map(|version| version.0),
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "address": self.address,
            "newest_is_sound": self.newest_is_sound,
            "last_sound_version": self.last_sound_version,
        })
    }

    fn from_json(json: &Value) -> Option<Self> {
        Some(Self {
            address: json["address"].as_str()?.to_owned(),
            newest_is_sound: json["newest_is_sound"].as_bool()?,
            last_sound_version: json["last_sound_version"].as_u64(),
        })
    }
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.address)?;
        match (self.newest_is_sound, self.last_sound_version) {
            (true, Some(version)) => write!(f, "its newest state, of version {version}, is sound"),
            (_, Some(version)) => write!(f, "the last sound state that its diffs lead to is of version {version}"),
            (_, None) => f.write_str("no sound state of it is known"),
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
