//! The native model of a workload on plain memory, with the hashing and the store writes of a contract's call.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::subject::SubjectParts;
use super::{Linear, Subject, Testbed, Workload};
use crate::lab::LabError;
use crate::lab::measure::{Reading, count_events};
use crate::store::{Batch, ContractChange, PageWrite, StoreError};
use crate::units::{Address, CommitNumber, PageBytes, PageIndex, StateRoot};

/// How much of a call is done by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The algorithm, the hashes of changed pages and the state root.
    Hashed,
    /// All of that, and the commit to the store.
    Committed,
}

/// The floor of a call: its work without a contract, a VM or a fault.
#[derive(Debug)]
pub struct ByHand<'a> {
    workload: &'a dyn Workload,
    testbed: Testbed,
    address: Address,
    memory: Linear,
    /// One step ahead of `memory`: it shows, outside the time, which pages the next step changes and where.
    ahead: Linear,
    steps: u64,
    /// The receipt of every commit: that of the contract's own last commit.
    receipt: Vec<u8>,
}

/// A page that a step changes.
struct Change {
    page: PageIndex,
    /// The bytes before the step.
    before: Box<PageBytes>,
}

/// What a step is given before the clock starts.
struct StepInput {
    changes: Vec<PageIndex>,
    receipt: Vec<u8>,
}

impl<'a> ByHand<'a> {
    /// Continues from the state of a subject, on the subject's store.
    pub fn new(subject: Subject<'a>) -> Result<Self, LabError> {
        let SubjectParts { workload, testbed, address, model: memory, steps } = subject.into_parts();
        let mut ahead = memory.clone();
        ahead.track_reached_pages();
        let store = testbed.vm().store();
        let snapshot = store.snapshot().map_err(store_error)?;
        let head = snapshot.head().map_err(store_error)?;
        let receipt = snapshot.receipt(head).map_err(store_error)?.unwrap_or_default();
        drop(snapshot);
        Ok(Self { workload, testbed, address, memory, ahead, steps, receipt })
    }

    /// Runs `times` steps and returns their time. Steps that are not committed are undone outside the time.
    pub fn steps(&mut self, times: u64, extent: Extent) -> Result<Duration, LabError> {
        let mut took = Duration::ZERO;
        for _ in 0..times {
            let changes = self.next_changes();
            let (once, state) = self.step(&changes, extent)?;
            took += once;
            // Batches of one step occur only while batches are sized. Larger batches repeat what is checked here.
            if times == 1 {
                self.check(state)?;
            }
            self.finish_step(changes, extent);
        }
        if extent == Extent::Committed {
            let account = self.testbed.vm().now().unwrap().account(&self.address);
            let found = account.ok().flatten().map(|account| account.state).unwrap_or_default();
            self.check(found)?;
        }
        Ok(took)
    }

    /// The event counts of a step.
    pub fn events(&mut self, extent: Extent) -> Result<BTreeMap<String, u64>, LabError> {
        count_events(|counters| {
            let changes = self.next_changes();
            let mut counted = Reading::default();
            self.observe_step(&changes, extent, |step| counted = counters.count(step))?;
            self.finish_step(changes, extent);
            Ok(counted)
        })
    }

    fn finish_step(&mut self, changes: Vec<Change>, extent: Extent) {
        match extent {
            Extent::Committed => self.steps += 1,
            Extent::Hashed => self.undo(changes),
        }
    }

    /// Compares a state root with that of the bytes in memory.
    fn check(&self, found: StateRoot) -> Result<(), LabError> {
        let expected = self.memory.state_root(&self.address);
        if found == expected {
            return Ok(());
        }
        Err(LabError::WrongState { what: format!("{} by hand", self.workload.name()), found, expected })
    }

    /// The changes of the next step.
    fn next_changes(&mut self) -> Vec<Change> {
        let _ = self.workload.native(&self.workload.step(self.steps), &mut self.ahead);
        let mut changes = Vec::new();
        for page in self.ahead.take_reached_pages() {
            let (before, after) = (*self.memory.page(page), self.ahead.page(page));
            if before != *after {
                changes.push(Change { page: PageIndex(page), before: Box::new(before) });
            }
        }
        changes
    }

    /// Runs one step. Returns its time and the state root after it.
    fn step(&mut self, changes: &[Change], extent: Extent) -> Result<(Duration, StateRoot), LabError> {
        let mut took = Duration::ZERO;
        let state = self.observe_step(changes, extent, |step| {
            let start = Instant::now();
            step();
            took = start.elapsed();
        })?;
        Ok((took, state))
    }

    /// Prepares one step, and passes it to `observe`, which must run it. Returns the state root after it.
    fn observe_step(
        &mut self,
        changes: &[Change],
        extent: Extent,
        observe: impl FnOnce(&mut dyn FnMut()),
    ) -> Result<StateRoot, LabError> {
        let step = self.workload.step(self.steps);
        let changes = changes.iter().map(|change| change.page).collect();
        let mut input = Some(StepInput { changes, receipt: self.receipt.clone() });
        let mut state = Ok(StateRoot::default());
        observe(&mut || {
            std::hint::black_box(self.workload.native(&step, &mut self.memory));
            if let Some(input) = input.take() {
                state = self.settle(input, extent);
            }
        });
        state.map_err(store_error)
    }

    fn settle(&mut self, input: StepInput, extent: Extent) -> Result<StateRoot, StoreError> {
        let store = self.testbed.vm().store();
        let _writer = store.writer()?;
        let snapshot = store.snapshot()?;
        let before = snapshot.account(&self.address)?;
        let mut after = before.clone().unwrap_or_default();
        let state_before = after.state;
        let memory = &self.memory;
        let write = |page: PageIndex| Some(PageWrite { page, bytes: memory.whole(page.0)? });
        let pages: Vec<PageWrite<'_>> = input.changes.into_iter().filter_map(write).collect();
        if pages.is_empty() && extent != Extent::Committed {
            return Ok(state_before);
        }
        let contract = if pages.is_empty() {
            None
        } else {
            let (state, tree) = snapshot.state_after(&self.address, &pages)?;
            (after.state, after.version.0) = (state, after.version.0 + 1);
            Some(ContractChange { address: self.address, before: state_before, after: state, pages, tree })
        };
        let state = after.state;
        if extent == Extent::Committed {
            let accounts = contract.iter().map(|_| (self.address, before.clone(), after.clone())).collect();
            store.commit(&Batch {
                commit: Some(CommitNumber(snapshot.head()?.0 + 1)),
                accounts,
                contracts: contract.into_iter().collect(),
                receipt: Some(input.receipt),
                ..Batch::default()
            })?;
        }
        Ok(state)
    }

    fn undo(&mut self, changes: Vec<Change>) {
        for Change { page, before, .. } in changes {
            *self.memory.page(page.0) = *before;
            *self.ahead.page(page.0) = *before;
        }
    }
}

fn store_error(source: StoreError) -> LabError {
    LabError::StoreUnderTest { source }
}
