//! One arm: a contract that makes chains of nested calls.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::rows::ArmSpec;
use crate::lab::LabError;
use crate::lab::workloads::{Reenter, Subject, Testbed};

/// A contract that makes chains.
#[derive(Debug)]
pub struct Chains<'a> {
    subject: Subject<'a>,
    workload: &'a Reenter,
    /// True if a transaction makes a single chain.
    is_single: bool,
}

impl<'a> Chains<'a> {
    /// Deploys the contract of an arm. Compiled code is in the directory `modules`.
    pub fn new(arm: &'a ArmSpec, is_single: bool, modules: PathBuf) -> Result<Self, LabError> {
        let ArmSpec { form, pager, workload, .. } = arm;
        let testbed = Testbed::in_memory_with(|vm| vm.module_cache_dir(Some(modules)))?;
        Ok(Self { subject: Subject::new(workload, *form, *pager, testbed)?, workload, is_single })
    }

    /// The time of `times` chains: a difference of transactions with different numbers of chains.
    pub fn batch(&mut self, times: u64) -> Result<Duration, LabError> {
        let chains = |count| self.workload.chains(count);
        let (more, fewer, runs) = if self.is_single {
            (chains(1), chains(0), times)
        } else {
            (chains(u32::try_from(times).unwrap_or(u32::MAX - 1) + 1), chains(1), 1)
        };
        let more = self.subject.dry_runs_of(&more, runs)?;
        Ok(more.saturating_sub(self.subject.dry_runs_of(&fewer, runs)?))
    }

    /// The counts of one chain.
    pub fn counts(&mut self) -> Result<BTreeMap<String, u64>, LabError> {
        let chains = u32::from(!self.is_single);
        let [more, fewer] = [chains + 1, chains].map(|chains| self.workload.chains(chains));
        let mut counts = self.subject.counts_of(&more)?;
        for (name, baseline) in self.subject.counts_of(&fewer)? {
            if let Some(count) = counts.get_mut(&name) {
                *count = count.saturating_sub(baseline);
            }
        }
        counts.extend(self.subject.events_of(&more, Some(&fewer))?);
        Ok(counts)
    }
}
