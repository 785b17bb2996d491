//! A workload's algorithm in Rust on plain memory, with the hashing and the writing that a contract's call brings with it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Linear, Subject, Workload, World};
use crate::lab::LabError;
use crate::lab::measure::{Reading, events};
use crate::store::{Batch, ContractChange, PageWrite, Run, StoreError, runs_between};
use crate::units::{Address, CommitNumber, PageBytes, PageIndex, StateRoot};

/// How much of a call is done by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The algorithm, the new pages' hashes and the state root.
    Hashed,
    /// All of that, and the store's commit.
    Committed,
}

/// No contract, no virtual machine, no page that is not there: what a call costs at least on this machine.
#[derive(Debug)]
pub struct ByHand<'a> {
    workload: &'a dyn Workload,
    world: World,
    address: Address,
    memory: Linear,
    /// Goes one step ahead, outside the time, to find out which pages a step changes and where.
    ahead: Linear,
    steps: u64,
    /// What is recorded of a commit: what the contract's own last commit recorded.
    receipt: Vec<u8>,
}

/// A page that a step changes: which, where, and its bytes before.
type Change = (PageIndex, Vec<Run>, Box<PageBytes>);

impl<'a> ByHand<'a> {
    /// Goes on from where a subject is, on its store.
    pub fn new(subject: Subject<'a>) -> Result<Self, LabError> {
        let (workload, world, address, memory, steps) = subject.into_parts();
        let mut ahead = memory.clone();
        ahead.watch();
        let store = world.vm().store();
        let snapshot = store.snapshot().map_err(stopped)?;
        let head = snapshot.head().map_err(stopped)?;
        let receipt = snapshot.receipt(head).map_err(stopped)?.unwrap_or_default();
        drop(snapshot);
        Ok(Self { workload, world, address, memory, ahead, steps, receipt })
    }

    /// Does that many steps; each that is not committed is undone outside the time.
    pub fn steps(&mut self, times: u64, extent: Extent) -> Result<Duration, LabError> {
        let mut took = Duration::ZERO;
        for _ in 0..times {
            let changes = self.look_ahead();
            let (once, state) = self.step(&changes, extent)?;
            took += once;
            // Of the others only the time is wanted: what one of them comes to was looked at when the batch was sized.
            if times == 1 {
                self.check(state)?;
            }
            self.go_on(changes, extent);
        }
        if extent == Extent::Committed {
            let account = self.world.vm().now().unwrap().account(&self.address);
            let found = account.ok().flatten().map(|account| account.state).unwrap_or_default();
            self.check(found)?;
        }
        Ok(took)
    }

    /// What processor and kernel count of a step.
    pub fn events(&mut self, extent: Extent) -> Result<BTreeMap<String, u64>, LabError> {
        events(|events| {
            let changes = self.look_ahead();
            let mut counted = Reading::default();
            self.step_watched(&changes, extent, |step| counted = events.count(step))?;
            self.go_on(changes, extent);
            Ok(counted)
        })
    }

    fn go_on(&mut self, changes: Vec<Change>, extent: Extent) {
        match extent {
            Extent::Committed => self.steps += 1,
            Extent::Hashed => self.put_back(changes),
        }
    }

    /// Whether a state root is the one that the bytes in memory have.
    fn check(&self, found: StateRoot) -> Result<(), LabError> {
        match self.memory.state_root(&self.address) {
            expected if expected == found => Ok(()),
            expected => {
                Err(LabError::WrongState { what: format!("{} by hand", self.workload.name()), found, expected })
            }
        }
    }

    fn look_ahead(&mut self) -> Vec<Change> {
        let _ = self.workload.native(&self.workload.step(self.steps), &mut self.ahead);
        let mut changes = Vec::new();
        for page in self.ahead.reached() {
            let (before, after) = (*self.memory.page(page), self.ahead.page(page));
            let runs = runs_between(&before, after);
            if !runs.is_empty() {
                changes.push((PageIndex(page), runs, Box::new(before)));
            }
        }
        changes
    }

    /// One step, timed, with the state root after it.
    fn step(&mut self, changes: &[Change], extent: Extent) -> Result<(Duration, StateRoot), LabError> {
        let mut took = Duration::ZERO;
        let state = self.step_watched(changes, extent, |step| {
            let start = Instant::now();
            step();
            took = start.elapsed();
        })?;
        Ok((took, state))
    }

    /// One step, which `watch` has to run, and its state root.
    fn step_watched(
        &mut self,
        changes: &[Change],
        extent: Extent,
        watch: impl FnOnce(&mut dyn FnMut()),
    ) -> Result<StateRoot, LabError> {
        let step = self.workload.step(self.steps);
        let writes: Vec<(PageIndex, Vec<Run>)> = changes.iter().map(|(page, runs, _)| (*page, runs.clone())).collect();
        let receipt = self.receipt.clone();
        let mut handed = Some((writes, receipt));
        let mut state = Ok(StateRoot::default());
        watch(&mut || {
            std::hint::black_box(self.workload.native(&step, &mut self.memory));
            let (writes, receipt) = handed.take().unwrap_or_default();
            state = self.settle(writes, receipt, extent);
        });
        state.map_err(stopped)
    }

    fn settle(
        &mut self,
        changes: Vec<(PageIndex, Vec<Run>)>,
        receipt: Vec<u8>,
        extent: Extent,
    ) -> Result<StateRoot, StoreError> {
        let store = self.world.vm().store();
        let _writer = store.writer()?;
        let snapshot = store.snapshot()?;
        let before = snapshot.account(&self.address)?;
        let mut after = before.clone().unwrap_or_default();
        let was = after.state;
        let memory = &self.memory;
        let write = |(page, runs): (PageIndex, Vec<Run>)| Some(PageWrite { page, bytes: memory.whole(page.0)?, runs });
        let pages: Vec<PageWrite<'_>> = changes.into_iter().filter_map(write).collect();
        if pages.is_empty() && extent != Extent::Committed {
            return Ok(was);
        }
        let contract = match pages.is_empty() {
            true => None,
            false => {
                let (state, tree) = snapshot.state_after(&self.address, &pages)?;
                (after.state, after.version.0) = (state, after.version.0 + 1);
                Some(ContractChange { address: self.address, before: was, after: state, pages, tree })
            }
        };
        let state = after.state;
        if extent == Extent::Committed {
            let accounts = contract.iter().map(|_| (self.address, before.clone(), after.clone())).collect();
            store.commit(&Batch {
                commit: Some(CommitNumber(snapshot.head()?.0 + 1)),
                accounts,
                contracts: contract.into_iter().collect(),
                receipt: Some(receipt),
                ..Batch::default()
            })?;
        }
        Ok(state)
    }

    fn put_back(&mut self, changes: Vec<Change>) {
        for (page, _, before) in changes {
            *self.memory.page(page.0) = *before;
            *self.ahead.page(page.0) = *before;
        }
    }
}

fn stopped(source: StoreError) -> LabError {
    LabError::StoreUnderTest { source }
}
