//! What came of a run, and how it is shown: `index.html` for a person, `data.json` with every sample, `summary.csv`.

mod compare;
mod data;
mod environment;
mod faults;
mod format;
mod limits;
mod page;
mod peers;
mod plot;
mod plots;
mod reentry;
mod resume;
mod sentences;
mod summary;
#[cfg(test)]
mod tests;

pub use compare::{Compared, Comparison, Different, Run};
pub use data::{DATA, SCHEMA, VERSION};
pub use environment::Environment;
pub use peers::{PEERS, PEERS_QUESTION, PEERS_SCHEMA, PEERS_VERSION, Peer, Peers, PeersRun};

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::experiments::Findings;
use super::{LabError, Settings};

/// Everything that a run found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The name of this shape: [`SCHEMA`].
    pub schema: String,
    /// The version of this shape: [`VERSION`].
    pub version: u32,
    /// The command that repeats the run.
    pub command: String,
    /// When the run began, in seconds since 1970, UTC.
    pub started: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// How long it was expected to take, in seconds.
    pub planned_seconds: f64,
    /// Samples of each arm.
    pub rounds: u32,
    /// How long a sample was to be, in nanoseconds.
    pub sample_ns: u64,
    /// The step of the clock, in nanoseconds.
    pub clock_step_ns: u64,
    /// What was to be measured, and how much.
    pub settings: Settings,
    /// Where it was measured, with what.
    pub environment: Environment,
    /// What was found.
    pub experiments: Vec<Findings>,
    /// How the peers were measured, where a run of them was joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peers: Option<PeersRun>,
    /// What was not measured: the run was interrupted, or it takes a run of its own.
    pub missing: Vec<String>,
    /// The experiments that were to be run, and are not whole.
    pub unfinished: Vec<String>,
    /// How long each experiment took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<Taken>,
}

/// How long an experiment took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// Which.
    pub experiment: String,
    /// How long it was expected to take, in seconds.
    pub planned_seconds: f64,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl Report {
    /// Writes `index.html`, `data.json` and `summary.csv` into a directory, which is made if there is none.
    pub fn write(&self, directory: &Path) -> Result<(), LabError> {
        for (name, contents) in [(DATA, self.json()?), ("summary.csv", self.csv()), ("index.html", self.html()?)] {
            write(directory, name, &contents)?;
        }
        Ok(())
    }

    /// The page, whole in itself.
    pub fn html(&self) -> Result<String, LabError> {
        page::render(self)
    }

    /// One line for each arm, with a heading.
    pub fn csv(&self) -> String {
        summary::csv(self)
    }

    /// The table for a terminal.
    pub fn summary(&self) -> String {
        summary::text(self)
    }

    /// What the numbers say, in three to five sentences.
    pub fn sentences(&self) -> Vec<String> {
        sentences::all(self)
    }

    /// The answer of an experiment, if it was run.
    pub fn findings(&self, experiment: &str) -> Option<&Findings> {
        self.experiments.iter().find(|findings| findings.name == experiment)
    }
}

/// Writes a file into a directory, which is made if there is none. A file of that name is replaced whole or not at all.
pub fn write(directory: &Path, name: &str, contents: &str) -> Result<(), LabError> {
    fs::create_dir_all(directory).map_err(io("making the directory", directory))?;
    let (path, partial) = (directory.join(name), directory.join(format!("{name}.partial")));
    fs::write(&partial, contents).map_err(io("writing", &partial))?;
    fs::rename(&partial, &path).map_err(io("writing", &path))
}

fn io(attempted: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> LabError {
    let path = path.to_owned();
    move |source| LabError::Io { attempted, path, source }
}
