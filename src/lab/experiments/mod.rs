//! The experiments: each asks one question and answers it with comparisons.

pub(super) mod access;
pub(super) mod call;
mod context;
pub(super) mod contracts;
mod cost;
pub(super) mod crossover;
pub(super) mod durability;
mod experiment;
pub(super) mod fault;
mod findings;
pub(super) mod floor;
mod group;
pub(super) mod growth;
pub(super) mod layings;
pub(super) mod programs;
pub(super) mod reentry;
mod split;
#[cfg(test)]
mod tests;

pub use context::Context;
pub use contracts::{Pair, PairCall, UserContract};
pub use cost::Cost;
pub use experiment::Experiment;
pub use findings::{Crossing, Findings, Target};
pub use group::{Group, Measured, Per};
pub use split::{OTHER, PhaseSamples, TimeSplit};

use super::LabError;

/// All experiments, in the order of a report.
pub const ALL: [Experiment; 9] = [
    access::EXPERIMENT,
    fault::EXPERIMENT,
    call::EXPERIMENT,
    crossover::EXPERIMENT,
    growth::EXPERIMENT,
    reentry::EXPERIMENT,
    durability::EXPERIMENT,
    floor::EXPERIMENT,
    programs::EXPERIMENT,
];

/// The experiments with these names; all experiments if no name is given.
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
