//! Two contracts of the user: what does the candidate cost, compared with the reference?
//!
//! Each contract is checked against the other. After the same calls both must have given the same answers, and must hold the
//! same bytes.

mod agreement;
mod answer;
mod arm_set;
mod contract_arm;
mod pair;
#[cfg(test)]
mod tests;

pub use pair::{Pair, PairCall, UserContract};

use std::time::Duration;

use super::call::{DISK, DRY, MEMORY};
use super::context::Comparison;
use super::{Context, Cost, Findings, Group, Per};
use crate::lab::measure::Arm;
use crate::lab::workloads::Testbed;
use crate::lab::{LabError, Settings};
use agreement::{check_agreement, check_final_storage};
use answer::Answer;
use arm_set::{ArmSet, arm_sets};
use contract_arm::ContractArm;

/// The name in the data.
pub(in crate::lab) const NAME: &str = "contracts";

/// A guess: the setup of a user's contracts is not known in advance.
const COST: Cost = Cost::new(120, 20);

/// The planned time of measuring a pair.
pub fn duration(pair: &Pair, settings: &Settings) -> Duration {
    let rows: Duration = arm_sets(pair).iter().map(|arm_set| COST.duration(settings, arm_set.arms.len())).sum();
    rows * 3 * pair.calls.len() as u32
}

/// Measures a pair.
///
/// # Errors
/// Contracts that do not agree, and calls that do not return.
pub fn run(pair: &Pair, context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    pair.check_signatures()?;
    let mut groups = Vec::new();
    for call in &pair.calls {
        let answers = check_agreement(pair, call)?;
        for arm_set in arm_sets(pair) {
            let mut row = Row { pair, call, answers: &answers, arm_set: &arm_set };
            groups.extend(row.measure(context)?);
        }
    }
    let order = |group: &Group| [DRY, MEMORY, DISK].iter().position(|section| group.section.starts_with(section));
    groups.sort_by_key(|group| order(group));
    Ok(groups)
}

/// One call with one set of arms.
struct Row<'a> {
    pair: &'a Pair,
    call: &'a PairCall,
    /// The answers of the candidate and of the reference.
    answers: &'a [Answer; 2],
    arm_set: &'a ArmSet<'a>,
}

impl<'a> Row<'a> {
    fn measure(&mut self, context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
        let mut groups = Vec::new();
        let mut in_memory = self.deploy(Testbed::in_memory)?;
        groups.extend(self.dry_runs(context, &mut in_memory)?);
        groups.extend(self.commits(context, MEMORY, &mut in_memory)?);
        let mut on_disk = self.deploy(|| Testbed::on_disk(&context.store_directory()))?;
        groups.extend(self.commits(context, DISK, &mut on_disk)?);
        Ok(groups)
    }

    fn deploy(&self, mut testbed: impl FnMut() -> Result<Testbed, LabError>) -> Result<Vec<ContractArm<'a>>, LabError> {
        self.arm_set.arms.iter().map(|arm| ContractArm::new(self.pair, arm.contract, arm.pager, testbed()?)).collect()
    }

    fn dry_runs(&self, context: &mut Context<'_>, deployed: &mut [ContractArm<'a>]) -> Result<Option<Group>, LabError> {
        let arms = deployed.iter().zip(&self.arm_set.arms).map(|(contract, arm)| {
            let answer = &self.answers[usize::from(!arm.is_candidate)];
            let batch = move |times| contract.dry_runs(self.call, answer, times);
            Arm { name: arm.name.clone(), per_unit: 1, batch: Box::new(batch) }
        });
        let group = self.compare(context, DRY, arms.collect())?;
        self.add_counts(group, deployed)
    }

    fn commits(
        &self,
        context: &mut Context<'_>,
        section: &str,
        deployed: &mut [ContractArm<'a>],
    ) -> Result<Option<Group>, LabError> {
        let arms = deployed.iter_mut().zip(&self.arm_set.arms).map(|(contract, arm)| {
            let batch = move |times| contract.commits(self.call, times);
            Arm { name: arm.name.clone(), per_unit: 1, batch: Box::new(batch) }
        });
        let group = self.compare(context, section, arms.collect())?;
        check_final_storage(self.pair, self.call, deployed)?;
        self.add_counts(group, deployed)
    }

    fn compare(&self, context: &mut Context<'_>, section: &str, arms: Vec<Arm<'_>>) -> Result<Option<Group>, LabError> {
        let section = self.arm_set.pager.map_or(section.to_owned(), |pager| format!("{section}, {pager}"));
        let title = self.call.text();
        let base = &self.arm_set.arms[0].name;
        let comparison = Comparison { section: &section, title: &title, per: Per::Transaction, base, cost: COST };
        context.compare(&comparison, arms)
    }

    fn add_counts(&self, group: Option<Group>, deployed: &[ContractArm<'a>]) -> Result<Option<Group>, LabError> {
        let Some(mut group) = group else { return Ok(None) };
        for (arm, contract) in group.arms.iter_mut().zip(deployed) {
            arm.counts = contract.counts(self.call)?;
        }
        Ok(Some(group))
    }
}

/// The results of a pair.
pub fn conclude(pair: &Pair, groups: Vec<Group>) -> Findings {
    let (candidate, reference) = (&pair.candidate.name, &pair.reference.name);
    let setup = match pair.setup.as_slice() {
        [] => "There is no setup: storage is empty at the start.".to_owned(),
        calls => format!("Setup: {}.", calls.iter().map(PairCall::text).collect::<Vec<_>>().join("; ")),
    };
    Findings {
        name: NAME.to_owned(),
        question: format!("What does {candidate} cost, compared with {reference}?"),
        timed: "Timed: the whole call, from the request to the receipt: start, execution, diff, hashing, state root, and the commit in the commit tables. Not timed: compilation.".to_owned(),
        method: vec![
            "Each arm is a contract deployed alone in a VM with its own store, and set up. All calls are warm: the contract is compiled, and was called before.".to_owned(),
            setup,
            "Each contract is checked against the other: after the setup, after a call, and after all measured commits they must have given the same results and output, and must hold the same bytes on every page. An arm with fewer commits is compared at its own number of commits.".to_owned(),
            "A dry run repeats the same call from the state after the setup. Each commit continues from the one before. A contract that maps no storage runs under the pager soft.".to_owned(),
            "Commits to LMDB do not wait for the disk (async). The store is in the directory for temporary files.".to_owned(),
        ],
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    }
}
