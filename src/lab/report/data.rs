//! The results of a run, in the shape of `data.json`. The shape is published as `design/data.schema.json`.

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::peers::PeersRun;
use crate::lab::experiments::Findings;
use crate::lab::{LabError, Settings};

/// The name of the file.
pub const DATA: &str = "data.json";

/// The name of the shape of `data.json`.
pub const SCHEMA: &str = "vellum-lab-report";

/// The version of that shape. It changes if a reader of the old shape would misread the new one.
pub const VERSION: u32 = 3;

/// All results of a run.
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
    /// The duration of the run, in seconds.
    pub seconds: f64,
    /// The planned duration, in seconds.
    pub planned_seconds: f64,
    /// Samples of each arm.
    pub rounds: u32,
    /// The wanted length of a sample, in nanoseconds.
    pub sample_ns: u64,
    /// The step of the clock, in nanoseconds.
    pub clock_step_ns: u64,
    /// The settings of the run.
    pub settings: Settings,
    /// The host and the program.
    pub environment: Environment,
    /// The results of each experiment.
    pub experiments: Vec<Findings>,
    /// The run of the peers, if one was joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peers: Option<PeersRun>,
    /// What was not measured, because the run was interrupted or because it needs a separate run.
    pub missing: Vec<String>,
    /// The names of the experiments that are incomplete.
    pub unfinished: Vec<String>,
    /// The duration of each experiment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<Taken>,
}

/// The duration of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// The name of the experiment.
    pub experiment: String,
    /// The planned duration, in seconds.
    pub planned_seconds: f64,
    /// The duration, in seconds.
    pub seconds: f64,
}

impl Report {
    /// The report as `data.json`.
    pub fn json(&self) -> Result<String, LabError> {
        Ok(serde_json::to_string(self)?)
    }

    /// The results of an experiment, if it was run.
    pub fn findings(&self, experiment: &str) -> Option<&Findings> {
        self.experiments.iter().find(|findings| findings.name == experiment)
    }
}
