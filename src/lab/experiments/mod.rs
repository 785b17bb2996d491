//! The experiments: each asks one question and answers it with comparisons.

pub(super) mod access;
pub(super) mod call;
mod context;
pub(super) mod contracts;
mod cost;
pub(super) mod crossover;
pub(super) mod durability;
pub(super) mod fault;
mod findings;
pub(super) mod floor;
mod group;
pub(super) mod growth;
pub(super) mod layings;
pub(super) mod reentry;
mod split;
#[cfg(test)]
mod tests;

pub use context::Context;
pub use contracts::{Brought, Pair, SameCall};
pub use cost::Cost;
pub use findings::{Crossing, Findings, Target};
pub use group::{Group, Measured, Per};
pub use split::{OTHER, Part, TimeSplit};

use std::time::Duration;

use super::{LabError, Settings};

/// A question and the way to its answer.
#[derive(Debug, Clone, Copy)]
pub struct Experiment {
    /// The name on the command line and in the data.
    pub name: &'static str,
    /// What it asks.
    pub question: &'static str,
    /// About how long one laying takes.
    pub duration: fn(&Settings) -> Duration,
    /// Lays the arms, and measures.
    pub run: fn(&mut Context<'_>) -> Result<Vec<Group>, LabError>,
    /// What that comes to.
    pub conclude: fn(&Settings, Vec<Group>) -> Findings,
    /// Laying the arms takes too long for doing it more than once.
    pub laid_once: bool,
}

/// All experiments, in the order of a report.
pub const ALL: [Experiment; 8] = [
    access::EXPERIMENT,
    fault::EXPERIMENT,
    call::EXPERIMENT,
    crossover::EXPERIMENT,
    growth::EXPERIMENT,
    reentry::EXPERIMENT,
    durability::EXPERIMENT,
    floor::EXPERIMENT,
];

/// The experiments with these names; all of them if there are none.
pub fn named(names: &[String]) -> Result<Vec<Experiment>, LabError> {
    let find = |name: &String| {
        ALL.into_iter().find(|experiment| experiment.name == name).ok_or_else(|| LabError::UnknownExperiment {
            name: name.clone(),
            known: ALL.map(|experiment| experiment.name).join(", "),
        })
    };
    match names {
        [] => Ok(ALL.to_vec()),
        names => names.iter().map(find).collect(),
    }
}
