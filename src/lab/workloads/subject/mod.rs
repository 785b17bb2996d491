//! A contract under measurement, watched by its judge.

mod counted;

use std::time::{Duration, Instant};

use super::world::{Mode, Parts, World, call, returned};
use super::{Form, Linear, Step, Workload};
use crate::lab::LabError;
use crate::paging::PagerKind;
use crate::receipt::{Block, Call, Receipt};
use crate::units::{Address, StateRoot};

/// What a call must give, and the state that it must lead to.
#[derive(Debug, Clone, Copy)]
struct Expected {
    result: i64,
    state: StateRoot,
}

/// One form of a workload, deployed and set up, with the native model beside it.
#[derive(Debug)]
pub struct Subject<'a> {
    workload: &'a dyn Workload,
    world: World,
    address: Address,
    /// The address of the workload's companion.
    input: Vec<u8>,
    pager: PagerKind,
    model: Linear,
    /// How many steps were committed.
    steps: u64,
    /// The number of the last block.
    block: u64,
    /// What steps must come to, of those that somebody wanted to know since the last was committed.
    expected: Vec<(Step, Expected)>,
    label: String,
}

impl<'a> Subject<'a> {
    /// Deploys a form in a world of its own, sets it up and checks that its state is the model's.
    pub fn new(workload: &'a dyn Workload, form: Form, pager: PagerKind, world: World) -> Result<Self, LabError> {
        let Some(source) = workload.source(form) else {
            return Err(LabError::NoForm { workload: workload.name(), form });
        };
        let address = world.deploy_with(source, workload.max_pages())?;
        let companion = workload.companion().map(|source| world.deploy(source)).transpose()?;
        let input = companion.map_or(Vec::new(), |companion| companion.as_bytes().to_vec());
        let label = format!("{} ({form}, {pager})", workload.name());
        let model = Linear::default();
        let expected = Vec::new();
        let mut subject = Self { workload, world, address, input, pager, model, steps: 0, block: 0, expected, label };
        let mut last = None;
        for step in workload.setup() {
            let receipt = subject.world.call(&subject.call(&step))?;
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

    /// Runs the next step that many times, each time discarded. Its result and the state it would have led to are
    /// checked after the clock has stopped.
    pub fn dry_runs(&mut self, times: u64) -> Result<Duration, LabError> {
        let step = self.workload.step(self.steps);
        self.dry_runs_of(&step, times)
    }

    /// As `dry_runs`, for a step of one's own.
    pub fn dry_runs_of(&mut self, step: &Step, times: u64) -> Result<Duration, LabError> {
        let (last, took) = self.world.dry_runs(&self.call(step), times)?;
        self.discarded(step, last, took)
    }

    /// As `dry_runs`, but no frame is kept from one call to the next, unless by another step that is run `before` each; to
    /// forget frames, and that step, are outside the time.
    pub fn cold_dry_runs(&mut self, times: u64, before: Option<&Step>) -> Result<Duration, LabError> {
        let step = self.workload.step(self.steps);
        let call = self.call(&step);
        let mut took = Duration::ZERO;
        let mut timed = || {
            self.forget_frames(before)?;
            let start = Instant::now();
            let receipt = self.world.dry_run(&call);
            took += start.elapsed();
            receipt
        };
        let mut last = timed()?;
        for _ in 1..times {
            last = timed()?;
        }
        self.discarded(&step, last, took)
    }

    /// Has the next call read every page from the store, but those that a step `before` it touches.
    pub fn forget_frames(&self, before: Option<&Step>) -> Result<(), LabError> {
        self.world.vm().forget_frames(&self.address);
        if let Some(step) = before {
            let _warm = self.world.dry_run(&self.call(step))?;
        }
        Ok(())
    }

    /// Checks the last of some dry runs that took so long in all.
    fn discarded(&mut self, step: &Step, last: Receipt, took: Duration) -> Result<Duration, LabError> {
        self.done(Mode::DryRun, step, last)?;
        Ok(took)
    }

    /// Checks a call that was made.
    fn done(&mut self, mode: Mode, step: &Step, receipt: Receipt) -> Result<(), LabError> {
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

    /// Runs and commits that many steps. Each result, and the state in the end, is checked after the clock has stopped.
    pub fn commits(&mut self, times: u64) -> Result<Duration, LabError> {
        self.commits_by(times, World::commits)
    }

    /// As `commits`, with a stopwatch. Gives also how long each part took of all.
    pub fn commits_timed(&mut self, times: u64) -> Result<(Duration, Parts), LabError> {
        self.commits_by(times, World::commits_timed)
    }

    fn commits_by<T>(
        &mut self,
        times: u64,
        run: impl FnOnce(&World, &[Call]) -> Result<(Vec<Receipt>, T), LabError>,
    ) -> Result<T, LabError> {
        let steps: Vec<Step> = (0..times.max(1)).map(|ahead| self.workload.step(self.steps + ahead)).collect();
        let calls: Vec<Call> = steps.iter().map(|step| self.call(step)).collect();
        let (receipts, took) = run(&self.world, &calls)?;
        self.committed(&steps, &receipts)?;
        Ok(took)
    }

    /// Checks calls that were committed one after another.
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

    /// As `commits`, but so many steps to a block, and that many blocks.
    pub fn blocks(&mut self, times: u64, size: u32) -> Result<Duration, LabError> {
        self.blocks_by(times, size, |world, first, calls| world.blocks(first, size as usize, calls))
    }

    fn blocks_by(
        &mut self,
        times: u64,
        size: u32,
        run: impl FnOnce(&World, u64, &[Call]) -> Result<(Vec<Block>, Duration), LabError>,
    ) -> Result<Duration, LabError> {
        let count = times.max(1) * u64::from(size);
        let steps: Vec<Step> = (0..count).map(|ahead| self.workload.step(self.steps + ahead)).collect();
        let calls: Vec<Call> = steps.iter().map(|step| self.call(step)).collect();
        let (blocks, took) = run(&self.world, self.block + 1, &calls)?;
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

    /// Its algorithm in Rust, from the state that it is in, with a store that has what its own has.
    pub(super) fn into_parts(self) -> (&'a dyn Workload, World, Address, Linear, u64) {
        (self.workload, self.world, self.address, self.model, self.steps)
    }

    fn check_result(&self, step: &Step, receipt: &Receipt, expected: i64) -> Result<(), LabError> {
        let what = format!("{} of {}", step.function, self.label);
        match returned(&what, receipt)? {
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
