//! What a step of a contract takes, counted.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Subject;
use crate::lab::LabError;
use crate::lab::measure::{FileWrites, Reading, events, file_writes};
use crate::lab::workloads::{Mode, Step, counts};

impl Subject<'_> {
    /// What the next step takes that does not depend on a clock.
    pub fn counts(&mut self, mode: Mode) -> Result<BTreeMap<String, u64>, LabError> {
        let step = self.workload.step(self.steps);
        let before = file_writes();
        let (receipt, trace) = self.world.counted(mode, &self.call(&step))?;
        let written = file_writes().zip(before).map(|(after, before)| after.since(before));
        let mut counts = counts(&receipt, &trace, &self.address);
        counts.extend(written.iter().flat_map(FileWrites::counts));
        self.done(mode, &step, receipt)?;
        Ok(counts)
    }

    /// What a block of the next steps writes.
    pub fn counts_of_block(&mut self, size: u32) -> Result<BTreeMap<String, u64>, LabError> {
        let before = file_writes();
        self.blocks(1, size)?;
        let written = file_writes().zip(before).map(|(after, before)| after.since(before));
        Ok(written.iter().flat_map(FileWrites::counts).collect())
    }

    /// What one step takes that does not depend on a clock, discarded.
    pub fn counts_of(&mut self, step: &Step) -> Result<BTreeMap<String, u64>, LabError> {
        let (receipt, trace) = self.world.counted(Mode::DryRun, &self.call(step))?;
        let counts = counts(&receipt, &trace, &self.address);
        self.done(Mode::DryRun, step, receipt)?;
        Ok(counts)
    }

    /// What processor and kernel count of the next step, each time after it was prepared. Commits go on from one another.
    pub fn events(
        &mut self,
        mode: Mode,
        mut prepare: impl FnMut(&Self) -> Result<(), LabError>,
    ) -> Result<BTreeMap<String, u64>, LabError> {
        events(|events| {
            prepare(self)?;
            self.once(mode, |call| events.count(call))
        })
    }

    /// The same of a step of one's own, discarded; less that of another.
    pub fn events_of(&mut self, step: &Step, less: Option<&Step>) -> Result<BTreeMap<String, u64>, LabError> {
        events(|events| {
            let mut of = |step: &Step| -> Result<Reading, LabError> {
                self.once_of(Mode::DryRun, step, |call| events.count(call))
            };
            let found = of(step)?;
            Ok(match less {
                Some(less) => found.less(&of(less)?),
                None => found,
            })
        })
    }

    /// The same of a block of the next steps.
    pub fn events_of_block(&mut self, size: u32) -> Result<BTreeMap<String, u64>, LabError> {
        events(|events| {
            let mut counted = Reading::default();
            self.blocks_by(1, size, |world, first, calls| {
                let mut blocks = Ok((Vec::new(), Duration::ZERO));
                counted = events.count(|| blocks = world.blocks(first, size as usize, calls));
                blocks
            })?;
            Ok(counted)
        })
    }

    /// Hands over the call of the next step, and nothing beside it, to be run once by who wants to look at it from outside.
    pub fn once<R>(&mut self, mode: Mode, watch: impl FnOnce(&mut dyn FnMut()) -> R) -> Result<R, LabError> {
        let step = self.workload.step(self.steps);
        self.once_of(mode, &step, watch)
    }

    fn once_of<R>(
        &mut self,
        mode: Mode,
        step: &Step,
        watch: impl FnOnce(&mut dyn FnMut()) -> R,
    ) -> Result<R, LabError> {
        let call = self.call(step);
        let mut receipt = None;
        let seen = watch(&mut || {
            receipt = Some(match mode {
                Mode::DryRun => self.world.dry_run(&call),
                Mode::Commit => self.world.call(&call),
            });
        });
        if let Some(receipt) = receipt {
            self.done(mode, step, receipt?)?;
        }
        Ok(seen)
    }
}
