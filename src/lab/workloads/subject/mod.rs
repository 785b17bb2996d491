//! A contract under measurement, which is checked against its native model.

mod counted;

use std::time::{Duration, Instant};

use super::testbed::{Mode, PhaseTimes, Testbed, call, i64_result};
use super::{Form, Linear, Step, Workload};
use crate::lab::LabError;
use crate::paging::PagerKind;
use crate::receipt::{Block, Call, Receipt};
use crate::units::{Address, StateRoot};

/// The result of a call, and the state root after it, by the native model.
#[derive(Debug, Clone, Copy)]
struct Expected {
    result: i64,
    state: StateRoot,
}

/// One form of a workload, deployed and set up, with its native model.
#[derive(Debug)]
pub struct Subject<'a> {
    workload: &'a dyn Workload,
    testbed: Testbed,
    address: Address,
    /// The input of every call: the address of the workload's companion, if it has one.
    input: Vec<u8>,
    pager: PagerKind,
    model: Linear,
    /// The number of committed steps.
    steps: u64,
    /// The number of the last block.
    block: u64,
    /// The expected results of steps from the current state, once computed.
    expected: Vec<(Step, Expected)>,
    /// What errors call the subject.
    label: String,
}

/// What remains of a subject that is taken apart.
pub(super) struct SubjectParts<'a> {
    pub workload: &'a dyn Workload,
    pub testbed: Testbed,
    pub address: Address,
    /// The native model in the current state.
    pub model: Linear,
    /// The number of committed steps.
    pub steps: u64,
}

impl<'a> Subject<'a> {
    /// Deploys a form in a testbed, sets it up and compares its state with the native model's.
    pub fn new(workload: &'a dyn Workload, form: Form, pager: PagerKind, testbed: Testbed) -> Result<Self, LabError> {
        let Some(source) = workload.source(form) else {
            return Err(LabError::NoForm { workload: workload.name(), form });
        };
        let address = testbed.deploy_with(source, workload.max_pages())?;
        let companion = workload.companion().map(|source| testbed.deploy(source)).transpose()?;
        let input = companion.map_or(Vec::new(), |companion| companion.as_bytes().to_vec());
        let label = format!("{} ({form}, {pager})", workload.name());
        let model = Linear::default();
        let expected = Vec::new();
        let mut subject = Self { workload, testbed, address, input, pager, model, steps: 0, block: 0, expected, label };
        let mut last = None;
        for step in workload.setup() {
            let receipt = subject.testbed.call(&subject.call(&step))?;
            let expected = workload.native(&step, &mut subject.model);
            subject.check_result(&step, &receipt, expected)?;
            last = Some(receipt);
        }
        if let Some(receipt) = &last {
            subject.check_state(receipt, subject.model.state_root(&address))?;
        }
        Ok(subject)
    }

    fn call(&self, step: &Step) -> Call {
        call(self.address, step.function, step.args.clone(), self.pager).input(&self.input[..])
    }

    /// Runs the next step as a dry run, `times` times. The last result and state root are checked outside the time.
    pub fn dry_runs(&mut self, times: u64) -> Result<Duration, LabError> {
        let step = self.workload.step(self.steps);
        self.dry_runs_of(&step, times)
    }

    /// Runs the given step as a dry run, `times` times. The last result and state root are checked outside the time.
    pub fn dry_runs_of(&mut self, step: &Step, times: u64) -> Result<Duration, LabError> {
        let (last, took) = self.testbed.dry_runs(&self.call(step), times)?;
        self.check_call(Mode::DryRun, step, last)?;
        Ok(took)
    }

    /// Runs the next step as [`Subject::dry_runs`] does, but cold: kept frames are dropped before each run. The step `before`,
    /// if there is one, then runs first and leaves its frames. Both happen outside the time.
    pub fn cold_dry_runs(&mut self, times: u64, before: Option<&Step>) -> Result<Duration, LabError> {
        let step = self.workload.step(self.steps);
        let call = self.call(&step);
        let mut took = Duration::ZERO;
        let mut timed = || {
            self.forget_frames(before)?;
            let start = Instant::now();
            let receipt = self.testbed.dry_run(&call);
            took += start.elapsed();
            receipt
        };
        let mut last = timed()?;
        for _ in 1..times {
            last = timed()?;
        }
        self.check_call(Mode::DryRun, &step, last)?;
        Ok(took)
    }

    /// Drops the kept frames, so that the next call loads its pages from the store. The step `before`, if there is one, then
    /// runs and leaves its frames.
    pub fn forget_frames(&self, before: Option<&Step>) -> Result<(), LabError> {
        self.testbed.vm().forget_frames(&self.address);
        if let Some(step) = before {
            let _warm = self.testbed.dry_run(&self.call(step))?;
        }
        Ok(())
    }

    /// Compares a call with the native model.
    fn check_call(&mut self, mode: Mode, step: &Step, receipt: Receipt) -> Result<(), LabError> {
        match mode {
            Mode::DryRun => {
                let expected = self.expected(step);
                self.check_result(step, &receipt, expected.result)?;
                self.check_state(&receipt, expected.state)
            }
            Mode::Commit => self.committed(std::slice::from_ref(step), &[receipt]),
        }
    }

    fn expected(&mut self, step: &Step) -> Expected {
        if let Some((_, expected)) = self.expected.iter().find(|(known, _)| known == step) {
            return *expected;
        }
        let mut model = self.model.clone();
        let result = self.workload.native(step, &mut model);
        let expected = Expected { result, state: model.state_root(&self.address) };
        self.expected.push((step.clone(), expected));
        expected
    }

    /// Runs and commits the next `times` steps. Each result and the last state root are checked outside the time.
    pub fn commits(&mut self, times: u64) -> Result<Duration, LabError> {
        self.commits_by(times, Testbed::commits)
    }

    /// Runs and commits steps as [`Subject::commits`] does, with a stopwatch. Also returns the total time of each phase.
    pub fn commits_timed(&mut self, times: u64) -> Result<(Duration, PhaseTimes), LabError> {
        self.commits_by(times, Testbed::commits_timed)
    }

    fn commits_by<T>(
        &mut self,
        times: u64,
        run: impl FnOnce(&Testbed, &[Call]) -> Result<(Vec<Receipt>, T), LabError>,
    ) -> Result<T, LabError> {
        let steps: Vec<Step> = (0..times.max(1)).map(|ahead| self.workload.step(self.steps + ahead)).collect();
        let calls: Vec<Call> = steps.iter().map(|step| self.call(step)).collect();
        let (receipts, took) = run(&self.testbed, &calls)?;
        self.committed(&steps, &receipts)?;
        Ok(took)
    }

    /// Compares committed calls with the native model.
    fn committed(&mut self, steps: &[Step], receipts: &[Receipt]) -> Result<(), LabError> {
        self.steps += steps.len() as u64;
        self.expected.clear();
        for (step, receipt) in steps.iter().zip(receipts) {
            let expected = self.workload.native(step, &mut self.model);
            self.check_result(step, receipt, expected)?;
        }
        match receipts.last() {
            Some(last) => self.check_state(last, self.model.state_root(&self.address)),
            None => Ok(()),
        }
    }

    /// Runs and commits the next steps in `times` blocks of `size` steps. Each result and the last state root are checked
    /// outside the time.
    pub fn blocks(&mut self, times: u64, size: u32) -> Result<Duration, LabError> {
        self.blocks_by(times, size, |testbed, first, calls| testbed.blocks(first, size as usize, calls))
    }

    fn blocks_by(
        &mut self,
        times: u64,
        size: u32,
        run: impl FnOnce(&Testbed, u64, &[Call]) -> Result<(Vec<Block>, Duration), LabError>,
    ) -> Result<Duration, LabError> {
        let count = times.max(1) * u64::from(size);
        let steps: Vec<Step> = (0..count).map(|ahead| self.workload.step(self.steps + ahead)).collect();
        let calls: Vec<Call> = steps.iter().map(|step| self.call(step)).collect();
        let (blocks, took) = run(&self.testbed, self.block + 1, &calls)?;
        self.steps += count;
        self.block += blocks.len() as u64;
        self.expected.clear();
        let receipts = blocks.iter().flat_map(|block| &block.receipts);
        for (step, receipt) in steps.iter().zip(receipts) {
            let expected = self.workload.native(step, &mut self.model);
            self.check_result(step, receipt, expected)?;
        }
        let last = blocks.into_iter().next_back();
        let state = last.as_ref().and_then(|block| block.states.iter().find(|state| state.address == self.address));
        self.check_root(state.map(|found| found.state), self.model.state_root(&self.address))?;
        Ok(took)
    }

    /// Takes the subject apart, for a floor that continues from its state.
    pub(super) fn into_parts(self) -> SubjectParts<'a> {
        let Self { workload, testbed, address, model, steps, .. } = self;
        SubjectParts { workload, testbed, address, model, steps }
    }

    fn check_result(&self, step: &Step, receipt: &Receipt, expected: i64) -> Result<(), LabError> {
        let what = format!("{} of {}", step.function, self.label);
        match i64_result(&what, receipt)? {
            found if found == expected => Ok(()),
            found => Err(LabError::WrongResult { what, found: found.to_string(), expected }),
        }
    }

    fn check_state(&self, receipt: &Receipt, expected: StateRoot) -> Result<(), LabError> {
        let touched = receipt.contracts.iter().find(|contract| contract.address == self.address);
        self.check_root(touched.and_then(|contract| contract.state_after), expected)
    }

    fn check_root(&self, found: Option<StateRoot>, expected: StateRoot) -> Result<(), LabError> {
        match found {
            Some(found) if found == expected => Ok(()),
            found => Err(LabError::WrongState { what: self.label.clone(), found: found.unwrap_or_default(), expected }),
        }
    }
}
