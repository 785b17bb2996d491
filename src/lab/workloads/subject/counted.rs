//! The counts of a subject's steps.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Subject;
use crate::lab::LabError;
use crate::lab::measure::{FileWrites, Reading, count_events, file_writes};
use crate::lab::workloads::{Mode, Step, counts};

impl Subject<'_> {
    /// The counts of the next step.
    pub fn counts(&mut self, mode: Mode) -> Result<BTreeMap<String, u64>, LabError> {
        let step = self.workload.step(self.steps);
        let before = file_writes();
        let (receipt, trace) = self.testbed.counted(mode, &self.call(&step))?;
        let written = file_writes().zip(before).map(|(after, before)| after.since(before));
        let mut counts = counts(&receipt, &trace, &self.address);
        counts.extend(written.iter().flat_map(FileWrites::counts));
        self.check_call(mode, &step, receipt)?;
        Ok(counts)
    }

    /// The writes of a block of the next steps.
    pub fn counts_of_block(&mut self, size: u32) -> Result<BTreeMap<String, u64>, LabError> {
        let before = file_writes();
        self.blocks(1, size)?;
        let written = file_writes().zip(before).map(|(after, before)| after.since(before));
        Ok(written.iter().flat_map(FileWrites::counts).collect())
    }

    /// The counts of a dry run of the given step.
    pub fn counts_of(&mut self, step: &Step) -> Result<BTreeMap<String, u64>, LabError> {
        let (receipt, trace) = self.testbed.counted(Mode::DryRun, &self.call(step))?;
        let counts = counts(&receipt, &trace, &self.address);
        self.check_call(Mode::DryRun, step, receipt)?;
        Ok(counts)
    }

    /// The event counts of the next step. `prepare` runs before each repetition. Each commit continues from the one before.
    pub fn events(
        &mut self,
        mode: Mode,
        mut prepare: impl FnMut(&Self) -> Result<(), LabError>,
    ) -> Result<BTreeMap<String, u64>, LabError> {
        count_events(|counters| {
            prepare(self)?;
            self.observe_next(mode, |call| counters.count(call))
        })
    }

    /// The event counts of a dry run of `step`, minus those of `baseline` if there is one.
    pub fn events_of(&mut self, step: &Step, baseline: Option<&Step>) -> Result<BTreeMap<String, u64>, LabError> {
        count_events(|counters| {
            let mut count = |step: &Step| -> Result<Reading, LabError> {
                self.observe(Mode::DryRun, step, |call| counters.count(call))
            };
            let counted = count(step)?;
            Ok(match baseline {
                Some(baseline) => counted.minus(&count(baseline)?),
                None => counted,
            })
        })
    }

    /// The event counts of a block of the next steps.
    pub fn events_of_block(&mut self, size: u32) -> Result<BTreeMap<String, u64>, LabError> {
        count_events(|counters| {
            let mut counted = Reading::default();
            self.blocks_by(1, size, |testbed, first, calls| {
                let mut blocks = Ok((Vec::new(), Duration::ZERO));
                counted = counters.count(|| blocks = testbed.blocks(first, size as usize, calls));
                blocks
            })?;
            Ok(counted)
        })
    }

    /// Passes the call of the next step to `observe`, which runs it once. Nothing but the call happens inside.
    pub fn observe_next<R>(&mut self, mode: Mode, observe: impl FnOnce(&mut dyn FnMut()) -> R) -> Result<R, LabError> {
        let step = self.workload.step(self.steps);
        self.observe(mode, &step, observe)
    }

    fn observe<R>(
        &mut self,
        mode: Mode,
        step: &Step,
        observe: impl FnOnce(&mut dyn FnMut()) -> R,
    ) -> Result<R, LabError> {
        let call = self.call(step);
        let mut receipt = None;
        let observed = observe(&mut || {
            receipt = Some(match mode {
                Mode::DryRun => self.testbed.dry_run(&call),
                Mode::Commit => self.testbed.call(&call),
            });
        });
        if let Some(receipt) = receipt {
            self.check_call(mode, step, receipt?)?;
        }
        Ok(observed)
    }
}
