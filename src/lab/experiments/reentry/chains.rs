//! One arm: a contract that makes chains of calls.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::rows::Line;
use crate::lab::LabError;
use crate::lab::workloads::{Reenter, Subject, World};

/// A contract with what the time of its chains is taken from.
#[derive(Debug)]
pub struct Chains<'a> {
    subject: Subject<'a>,
    workload: &'a Reenter,
    once: bool,
}

impl<'a> Chains<'a> {
    /// Deploys the contract of a line; `modules` is where compiled ones are kept.
    pub fn new(line: &'a Line, once: bool, modules: PathBuf) -> Result<Self, LabError> {
        let Line { form, pager, workload, .. } = line;
        let world = World::in_memory_with(|vm| vm.module_cache_dir(Some(modules)))?;
        Ok(Self { subject: Subject::new(workload, *form, *pager, world)?, workload, once })
    }

    /// The time of so many chains, less that of a transaction without them.
    pub fn batch(&mut self, times: u64) -> Result<Duration, LabError> {
        let chains = |count| self.workload.chains(count);
        let ((with, without), runs) = match self.once {
            true => ((chains(1), chains(0)), times),
            false => ((chains(u32::try_from(times).unwrap_or(u32::MAX - 1) + 1), chains(1)), 1),
        };
        let with = self.subject.dry_runs_of(&with, runs)?;
        Ok(with.saturating_sub(self.subject.dry_runs_of(&without, runs)?))
    }

    /// What a chain takes that does not depend on a clock.
    pub fn counts(&mut self) -> Result<BTreeMap<String, u64>, LabError> {
        let without = u32::from(!self.once);
        let mut counts = self.subject.counts_of(&self.workload.chains(without + 1))?;
        for (name, less) in self.subject.counts_of(&self.workload.chains(without))? {
            if let Some(count) = counts.get_mut(&name) {
                *count = count.saturating_sub(less);
            }
        }
        let [with, without] = [without + 1, without].map(|chains| self.workload.chains(chains));
        counts.extend(self.subject.events_of(&with, Some(&without))?);
        Ok(counts)
    }
}
