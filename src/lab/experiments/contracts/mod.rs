//! Two contracts that somebody brings along: what does the one cost against the other?
//!
//! They are each other's judge. After the same calls they must have given the same and hold the same bytes.

mod agreement;
mod answer;
mod contender;
mod lineup;
mod pair;
#[cfg(test)]
mod tests;

pub use pair::{Brought, Pair, SameCall};

use std::time::Duration;

use super::call::{DISK, DRY, MEMORY};
use super::context::Comparison;
use super::{Context, Cost, Findings, Group, Per};
use crate::lab::measure::Arm;
use crate::lab::workloads::World;
use crate::lab::{LabError, Settings};
use agreement::{agree, same_end};
use answer::Answer;
use contender::Contender;
use lineup::{Lineup, lineups};

/// The name in the data.
pub(in crate::lab) const NAME: &str = "contracts";

/// The setup of contracts that somebody brings is not known beforehand.
const COST: Cost = Cost::new(120, 20);

/// About how long it takes to measure a pair.
pub fn duration(pair: &Pair, settings: &Settings) -> Duration {
    let rows: Duration = lineups(pair).iter().map(|lineup| COST.duration(settings, lineup.arms.len())).sum();
    rows * 3 * pair.calls.len() as u32
}

/// Measures a pair.
///
/// # Errors
/// Contracts that do not agree; calls that do not return.
pub fn run(pair: &Pair, context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    pair.check_signatures()?;
    let mut groups = Vec::new();
    for call in &pair.calls {
        let answers = agree(pair, call)?;
        for lineup in lineups(pair) {
            let mut row = Row { pair, call, answers: &answers, lineup: &lineup };
            groups.extend(row.measure(context)?);
        }
    }
    let order = |group: &Group| [DRY, MEMORY, DISK].iter().position(|section| group.section.starts_with(section));
    groups.sort_by_key(|group| order(group));
    Ok(groups)
}

/// One call of one line-up.
struct Row<'a> {
    pair: &'a Pair,
    call: &'a SameCall,
    answers: &'a [Answer; 2],
    lineup: &'a Lineup<'a>,
}

impl<'a> Row<'a> {
    fn measure(&mut self, context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
        let mut groups = Vec::new();
        let mut in_memory = self.contenders(World::in_memory)?;
        groups.extend(self.dry_runs(context, &mut in_memory)?);
        groups.extend(self.commits(context, MEMORY, &mut in_memory)?);
        let mut on_disk = self.contenders(|| World::on_disk(&context.store_directory()))?;
        groups.extend(self.commits(context, DISK, &mut on_disk)?);
        Ok(groups)
    }

    fn contenders(&self, mut world: impl FnMut() -> Result<World, LabError>) -> Result<Vec<Contender<'a>>, LabError> {
        self.lineup.arms.iter().map(|arm| Contender::new(self.pair, arm.brought, arm.pager, world()?)).collect()
    }

    fn dry_runs(&self, context: &mut Context<'_>, contenders: &mut [Contender<'a>]) -> Result<Option<Group>, LabError> {
        let arms = contenders.iter().zip(&self.lineup.arms).map(|(contender, arm)| {
            let answer = &self.answers[usize::from(!arm.is_contract)];
            let batch = move |times| contender.dry_runs(self.call, answer, times);
            Arm { name: arm.name.clone(), per_unit: 1, batch: Box::new(batch) }
        });
        let group = self.compare(context, DRY, arms.collect())?;
        self.counted(group, contenders)
    }

    fn commits(
        &self,
        context: &mut Context<'_>,
        section: &str,
        contenders: &mut [Contender<'a>],
    ) -> Result<Option<Group>, LabError> {
        let arms = contenders.iter_mut().zip(&self.lineup.arms).map(|(contender, arm)| {
            let batch = move |times| contender.commits(self.call, times);
            Arm { name: arm.name.clone(), per_unit: 1, batch: Box::new(batch) }
        });
        let group = self.compare(context, section, arms.collect())?;
        same_end(self.pair, self.call, contenders)?;
        self.counted(group, contenders)
    }

    fn compare(&self, context: &mut Context<'_>, section: &str, arms: Vec<Arm<'_>>) -> Result<Option<Group>, LabError> {
        let section = self.lineup.pager.map_or(section.to_owned(), |pager| format!("{section}, {pager}"));
        let title = self.call.text();
        let base = &self.lineup.arms[0].name;
        let comparison = Comparison { section: &section, title: &title, per: Per::Transaction, base, cost: COST };
        context.compare(&comparison, arms)
    }

    fn counted(&self, group: Option<Group>, contenders: &[Contender<'a>]) -> Result<Option<Group>, LabError> {
        let Some(mut group) = group else { return Ok(None) };
        for (arm, contender) in group.arms.iter_mut().zip(contenders) {
            arm.counts = contender.counts(self.call)?;
        }
        Ok(Some(group))
    }
}

/// What was found of a pair.
pub fn conclude(pair: &Pair, groups: Vec<Group>) -> Findings {
    let (contract, against) = (&pair.contract.name, &pair.against.name);
    let setup = match pair.setup.as_slice() {
        [] => "There is no setup: storage is empty at first.".to_owned(),
        calls => format!("Setup: {}.", calls.iter().map(SameCall::text).collect::<Vec<_>>().join("; ")),
    };
    Findings {
        name: NAME.to_owned(),
        question: format!("What does {contract} cost against {against}?"),
        timed: "Inside the time: the whole call, from the request to the receipt: start, execution, diff, hashing, state root, and the commit where there is one. Not inside: compilation.".to_owned(),
        method: vec![
            "Each arm is a contract deployed alone on a machine of its own, and set up. Warm: it is compiled and was called before.".to_owned(),
            setup,
            "The contracts judge each other: after the setup, after each call, and after all commits that were measured they must have given the same results and output, and hold the same bytes, compared page by page. Arms that committed less often are compared at the number of commits that they reached.".to_owned(),
            "A dry run repeats one call from the state after the setup; commits go on from one another. A contract that maps no storage runs under the pager soft.".to_owned(),
            "LMDB is written without waiting for the disk (async), in a directory for temporary files.".to_owned(),
        ],
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    }
}
