//! What a run found, as `data.json` has it. Its shape is published as `design/data.schema.json`.

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::peers::PeersRun;
use crate::lab::experiments::Findings;
use crate::lab::{LabError, Settings};

/// The name of the file.
pub const DATA: &str = "data.json";

/// The name of the shape of `data.json`.
pub const SCHEMA: &str = "vellum-lab-report";

/// The version of that shape. It changes when a reader of the old shape would misread the new one.
pub const VERSION: u32 = 3;

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
    /// All samples, as `data.json` has them.
    pub fn json(&self) -> Result<String, LabError> {
        Ok(serde_json::to_string(self)?)
    }

    /// The answer of an experiment, if it was run.
    pub fn findings(&self, experiment: &str) -> Option<&Findings> {
        self.experiments.iter().find(|findings| findings.name == experiment)
    }
}
