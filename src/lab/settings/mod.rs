//! How much is measured: what `quick.json` and `full.json` beside this file say, or a file of one's own in the same shape.

mod check;
mod sizes;
#[cfg(test)]
mod tests;
mod workloads;

pub use sizes::{
    AccessSettings, CrossoverSettings, DurabilitySettings, FaultSettings, GrowthSettings, ReentrySettings,
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

/// Rounds of one of several layings: of three the median is not moved by one that was disturbed.
const LEAST_OF_A_LAYING: u32 = 3;

/// How much is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Samples of each arm, shared among the layings; more where a laying would have too few.
    pub rounds: u32,
    /// How often the arms of a comparison are laid anew, at other places in memory.
    #[serde(default = "once")]
    pub layings: u32,
    /// These are the settings of a laying that is not the first: the batches of its arms are sized already.
    #[serde(skip)]
    pub laid_before: bool,
    /// How long a sample should be, in microseconds.
    pub sample_us: u64,
    /// Decides the order of the arms within each round.
    pub seed: u64,
    /// What mapped contracts run under in `call` and `floor`, as far as the host has it; in `access` beside soft and eager.
    #[serde(serialize_with = "names_of", deserialize_with = "of_names")]
    pub pagers: Vec<PagerKind>,
    /// What `call` and `floor` run.
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
}

/// What is measured by settings from before there were layings.
fn once() -> u32 {
    1
}

fn names_of<S: Serializer>(pagers: &[PagerKind], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(pagers.iter().map(|pager| pager.name()))
}

fn of_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PagerKind>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    names.iter().map(|name| name.parse().map_err(serde::de::Error::custom)).collect()
}

impl Settings {
    /// About two minutes for everything on two cores.
    pub fn quick() -> Self {
        Self::compiled_in(include_bytes!("quick.json"))
    }

    /// For numbers to cite, in half an hour.
    pub fn full() -> Self {
        Self::compiled_in(include_bytes!("full.json"))
    }

    /// For tests: everything happens, and nothing is worth reading.
    pub fn tiny() -> Self {
        Self::compiled_in(include_bytes!("tiny.json"))
    }

    /// A test reads all of these.
    fn compiled_in(bytes: &[u8]) -> Self {
        Self::parse("settings compiled in", bytes).expect("the settings compiled in are right")
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read, or has a setting that there is not, lacks one, or has one that cannot be.
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

    /// The same with one setting changed, as `growth.stored_pages=[0,256]` says it.
    ///
    /// # Errors
    /// A name that no setting has, and a value that it cannot have.
    pub fn with(&self, assignment: &str) -> Result<Self, LabError> {
        let refused = |problem: String| LabError::Settings { name: assignment.to_owned(), problem };
        let (path, value) = assignment.split_once('=').ok_or_else(|| refused("it should be NAME=VALUE".to_owned()))?;
        let value: Value = serde_json::from_str(value)
            .map_err(|error| refused(format!("the value should be JSON, such as 41 or [1, 2]: {error}")))?;
        let mut all = serde_json::to_value(self)?;
        let mut place = &mut all;
        for name in path.split('.') {
            let known = match &*place {
                Value::Object(fields) => fields.keys().cloned().collect::<Vec<_>>().join(", "),
                Value::Array(items) => format!("0 to {}", items.len().saturating_sub(1)),
                _ => "none within it".to_owned(),
            };
            let next = match place {
                Value::Object(fields) => fields.get_mut(name),
                Value::Array(items) => name.parse().ok().and_then(|index: usize| items.get_mut(index)),
                _ => None,
            };
            place = next.ok_or_else(|| refused(format!("no setting is called {name:?}; there are: {known}")))?;
        }
        *place = value;
        let settings: Self = serde_json::from_value(all).map_err(|error| refused(error.to_string()))?;
        settings.check().map_err(refused)?;
        Ok(settings)
    }

    pub(super) fn plan(&self, arms: usize) -> Plan {
        let sample = Duration::from_micros(self.sample_us);
        Plan { rounds: self.rounds, sample, seed: self.seed.wrapping_add(arms as u64) }
    }

    /// Rounds of a laying below which nothing is said of a comparison.
    pub(super) fn least_rounds(&self) -> u32 {
        if self.layings > 1 { LEAST_OF_A_LAYING } else { MINIMUM_ROUNDS as u32 }
    }

    /// What is measured in one of the layings.
    pub(super) fn laying(&self, index: u32) -> Self {
        let rounds = self.rounds.div_ceil(self.layings).max(LEAST_OF_A_LAYING);
        // Orders of the arms that no other laying has.
        let seed = self.seed.wrapping_add(u64::from(index) << 32);
        Self { rounds, seed, laid_before: index > 0, ..self.clone() }
    }

    /// The same with arms that are laid once.
    pub(super) fn laid_once(&self) -> Self {
        Self { layings: 1, ..self.clone() }
    }

    /// The workloads.
    pub fn workloads(&self) -> Vec<Box<dyn Workload>> {
        self.workloads.iter().map(WorkloadSettings::workload).collect()
    }

    /// The pagers that this host has.
    pub fn pagers(&self) -> impl Iterator<Item = PagerKind> {
        self.pagers.iter().copied().filter(|pager| pager.availability().is_ok())
    }
}
