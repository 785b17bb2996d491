//! How much is measured: `quick.json` and `full.json` beside this file, or the user's own file of the same shape.

mod check;
mod range;
mod sizes;
#[cfg(test)]
mod tests;
mod workloads;

pub use sizes::{
    AccessSettings, CrossoverSettings, DurabilitySettings, FaultSettings, GrowthSettings, ProgramSettings,
    ReentrySettings,
};
pub use workloads::WorkloadSettings;

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::LabError;
use super::measure::{MINIMUM_ROUNDS, Plan};
use super::workloads::Workload;
use crate::paging::PagerKind;

/// The fewest rounds of a laying if there are several layings: one disturbed sample of three does not move their median.
const LEAST_OF_A_LAYING: u32 = 3;

/// How much is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Samples of each arm, divided among the layings. There are more if a laying would get too few.
    pub rounds: u32,
    /// The number of layings: set-ups of all arms of a comparison, each at fresh memory addresses.
    #[serde(default = "one_laying")]
    pub layings: u32,
    /// True if the first laying has sized the batches of calls already.
    #[serde(skip)]
    pub has_sized_batches: bool,
    /// The wanted length of a sample, in microseconds.
    pub sample_us: u64,
    /// The seed of the order of the arms within each round.
    pub seed: u64,
    /// The pagers of mapped contracts in `call` and `floor`, and those that `access` adds to soft and eager. Pagers that
    /// the host lacks are skipped.
    #[serde(serialize_with = "serialize_names", deserialize_with = "deserialize_names")]
    pub pagers: Vec<PagerKind>,
    /// The workloads of `call` and `floor`.
    pub workloads: Vec<WorkloadSettings>,
    /// Sizes of `access`.
    pub access: AccessSettings,
    /// Sizes of `fault`.
    pub fault: FaultSettings,
    /// Sizes of `crossover`.
    pub crossover: CrossoverSettings,
    /// Sizes of `growth`.
    pub growth: GrowthSettings,
    /// Sizes of `reentry`.
    pub reentry: ReentrySettings,
    /// Sizes of `durability`.
    pub durability: DurabilitySettings,
    /// Sizes of `programs`; nothing in data of before this experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programs: Option<ProgramSettings>,
}

/// The default for settings that do not name the number of layings.
fn one_laying() -> u32 {
    1
}

fn serialize_names<S: Serializer>(pagers: &[PagerKind], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(pagers.iter().map(|pager| pager.name()))
}

fn deserialize_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PagerKind>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    names.iter().map(|name| name.parse().map_err(serde::de::Error::custom)).collect()
}

impl Settings {
    /// All experiments in about two minutes on two cores.
    pub fn quick() -> Self {
        Self::compiled_in(include_bytes!("quick.json"))
    }

    /// All experiments in about half an hour, for numbers to cite.
    pub fn full() -> Self {
        Self::compiled_in(include_bytes!("full.json"))
    }

    /// The smallest sizes, for tests: everything runs, but the numbers mean nothing.
    pub fn tiny() -> Self {
        Self::compiled_in(include_bytes!("tiny.json"))
    }

    /// Parses settings that are compiled in. A test parses every one of them.
    fn compiled_in(bytes: &[u8]) -> Self {
        Self::parse("settings compiled in", bytes).expect("the settings compiled in are valid")
    }

    /// Reads settings from a file.
    ///
    /// # Errors
    /// A file that cannot be read, lacks a setting, has an unknown one, or gives one an invalid value.
    pub fn read(path: &Path) -> Result<Self, LabError> {
        let bytes =
            fs::read(path).map_err(|source| LabError::Io { attempted: "reading", path: path.to_owned(), source })?;
        Self::parse(&path.display().to_string(), &bytes)
    }

    fn parse(name: &str, bytes: &[u8]) -> Result<Self, LabError> {
        let refused = |problem: String| LabError::Settings { name: name.to_owned(), problem };
        let settings: Self = serde_json::from_slice(bytes).map_err(|error| refused(error.to_string()))?;
        settings.check().map_err(refused)?;
        Ok(settings)
    }

    /// The same settings with one changed by an assignment such as `growth.stored_pages=[0,256]`.
    ///
    /// # Errors
    /// An unknown name, and a value that is invalid for the setting.
    pub fn with(&self, assignment: &str) -> Result<Self, LabError> {
        let refused = |problem: String| LabError::Settings { name: assignment.to_owned(), problem };
        let (path, value) = assignment.split_once('=').ok_or_else(|| refused("it should be NAME=VALUE".to_owned()))?;
        let value: Value = serde_json::from_str(value)
            .map_err(|error| refused(format!("the value should be JSON, such as 41 or [1, 2]: {error}")))?;
        let mut all = serde_json::to_value(self)?;
        let mut target = &mut all;
        for name in path.split('.') {
            let known = match &*target {
                Value::Object(fields) => fields.keys().cloned().collect::<Vec<_>>().join(", "),
                Value::Array(items) => format!("0 to {}", items.len().saturating_sub(1)),
                _ => "none inside it".to_owned(),
            };
            let next = match target {
                Value::Object(fields) => fields.get_mut(name),
                Value::Array(items) => name.parse().ok().and_then(|index: usize| items.get_mut(index)),
                _ => None,
            };
            target = next.ok_or_else(|| refused(format!("no setting is called {name:?}; there are: {known}")))?;
        }
        *target = value;
        let settings: Self = serde_json::from_value(all).map_err(|error| refused(error.to_string()))?;
        settings.check().map_err(refused)?;
        Ok(settings)
    }

    pub(super) fn plan(&self, arms: usize) -> Plan {
        let sample = Duration::from_micros(self.sample_us);
        Plan { rounds: self.rounds, sample, seed: self.seed.wrapping_add(arms as u64) }
    }

    /// The fewest rounds of a laying that support a conclusion. A comparison with fewer counts as not measured.
    pub(super) fn least_rounds(&self) -> u32 {
        if self.layings > 1 { LEAST_OF_A_LAYING } else { MINIMUM_ROUNDS as u32 }
    }

    /// The settings of one laying.
    pub(super) fn laying(&self, index: u32) -> Self {
        let rounds = self.rounds.div_ceil(self.layings).max(LEAST_OF_A_LAYING);
        // Each laying draws its own orders of the arms.
        let seed = self.seed.wrapping_add(u64::from(index) << 32);
        Self { rounds, seed, has_sized_batches: index > 0, ..self.clone() }
    }

    /// The same settings with a single laying.
    pub(super) fn with_one_laying(&self) -> Self {
        Self { layings: 1, ..self.clone() }
    }

    /// The workloads of `call` and `floor`.
    pub fn workloads(&self) -> Vec<Box<dyn Workload>> {
        self.workloads.iter().map(WorkloadSettings::workload).collect()
    }

    /// The pagers that this host supports.
    pub fn pagers(&self) -> impl Iterator<Item = PagerKind> {
        self.pagers.iter().copied().filter(|pager| pager.availability().is_ok())
    }
}
