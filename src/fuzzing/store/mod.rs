//! What happens to a store, at random, against the plain model of it: commits, money, rollbacks, prunes, failures of any
//! operation, reopening, and the death of the process, also in the middle of a commit.

mod directory;
mod steps;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::counts::counts;
use super::panics::caught;
use crate::store::model::{Model, Pages, address, deploy, write_all, write_block};
use crate::store::{
    Batch, Durability, FaultyStore, LmdbStore, MemoryStore, OpenOptions, PageStore, Snapshot, StoreError,
};
use crate::units::{Address, Version};
use crate::vm::roll_back;
use directory::Directory;
pub use steps::StoreSteps;
use steps::{CONTRACTS, Deed, Step, Then, Write};

counts! {
    /// What sequences have reached.
    StoreReached:
    /// Commits of writes.
    commits
    /// Rollbacks that changed something.
    rolled_back
    /// Prunes that forgot something.
    pruned
    /// Failures in the middle of a step.
    failed
    /// Stores that were opened again.
    reopened
    /// Processes that died after a step.
    killed
    /// Processes that died in the middle of a step, with a part of it written.
    torn
}

/// Does what bytes stand for to a store in memory and to one on disk. Both are the model's after every failure and death, and at
/// the end, and nothing is wrong with them. The error says what was done.
pub fn store_is_the_model(bytes: &[u8]) -> Result<StoreReached, String> {
    let steps = StoreSteps::of_bytes(bytes);
    steps.run().map_err(|what| format!("{what}\n{steps}"))
}

impl StoreSteps {
    /// See [`store_is_the_model`].
    pub fn run(&self) -> Result<StoreReached, String> {
        caught(|| run(&self.0)).and_then(|came| came)
    }
}

struct Stores {
    directory: Directory,
    memory: Arc<FaultyStore>,
    disk: Arc<FaultyStore>,
    model: Model,
    /// Moments that are kept to the end, or to the end of their process.
    held: Vec<(Model, [Box<dyn Snapshot>; 2])>,
    reached: StoreReached,
}

fn open(directory: &Directory) -> Result<Arc<FaultyStore>, String> {
    let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
    Ok(FaultyStore::new(LmdbStore::open_small(directory.path(), &options).map_err(said)?))
}

fn said(error: impl ToString) -> String {
    error.to_string()
}

fn run(steps: &[Step]) -> Result<StoreReached, String> {
    let directory = Directory::new().map_err(said)?;
    let (memory, disk) = (FaultyStore::new(MemoryStore::new()), open(&directory)?);
    let mut model = Model::default();
    for n in 0..CONTRACTS {
        deploy(&*memory, address(n));
        deploy(&*disk, address(n));
        model.contracts.insert(address(n), vec![Default::default()]);
    }
    let mut stores = Stores { directory, memory, disk, model, held: Vec::new(), reached: StoreReached::default() };
    steps.iter().try_for_each(|step| stores.step(step))?;
    stores.compare()?;
    for (model, snapshots) in &stores.held {
        snapshots.iter().for_each(|snapshot| model.compare(&**snapshot));
    }
    Ok(stores.reached)
}

impl Stores {
    fn step(&mut self, step: &Step) -> Result<(), String> {
        let before = self.directory.data().map_err(said)?;
        for store in [self.memory.clone(), self.disk.clone()] {
            store.fail_operation(step.failing.into());
            let outcome = self.attempt(&*store, &step.deed);
            store.fail_operation(0);
            match outcome {
                Err(what) if step.failing > 0 && what.contains("injected failure") => {
                    self.model.compare(&*store.snapshot().map_err(said)?);
                    self.reached.failed += 1;
                    self.attempt(&*store, &step.deed)?;
                }
                outcome => outcome?,
            }
        }
        if let Then::Tear(chosen) = step.then {
            self.tear(&before, chosen)?;
        }
        self.remember(&step.deed);
        match step.then {
            Then::Reopen => {
                self.held.clear();
                self.disk = FaultyStore::new(MemoryStore::new());
                self.disk = open(&self.directory)?;
                self.reached.reopened += 1;
                self.compare()
            }
            Then::Kill => {
                let left = Directory::new().map_err(said)?;
                left.write(&self.directory.data().map_err(said)?).map_err(said)?;
                self.held.clear();
                self.disk = open(&left)?;
                self.directory = left;
                self.reached.killed += 1;
                self.compare()
            }
            Then::Hold => {
                let snapshots = [self.memory.snapshot().map_err(said)?, self.disk.snapshot().map_err(said)?];
                self.held.push((self.model.clone(), snapshots));
                Ok(())
            }
            Then::GoOn | Then::Tear(_) => Ok(()),
        }
    }

    /// Does something to one of the stores.
    fn attempt(&self, store: &dyn PageStore, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Write(writes) => {
                let contracts = by_contract(writes);
                match store.snapshot().and_then(|snapshot| snapshot.head()).map_err(said)?.0 + 1 {
                    block if block.is_multiple_of(3) => write_block(store, &contracts, block).map_err(said),
                    _ => write_all(store, &contracts).map_err(said),
                }
            }
            Deed::Fund { contract, amount } => fund(store, &address(*contract), (*amount).into()).map_err(said),
            Deed::RollBack { contract, to } => {
                let contract = address(*contract);
                let rolled = roll_back(store, &contract, self.version(&contract, *to)).map_err(said)?;
                match rolled.went_round_damage() {
                    false => Ok(()),
                    true => Err(format!("a rollback of a store that is whole finds damage: {rolled:?}")),
                }
            }
            Deed::Prune { contract, to } => {
                let contract = address(*contract);
                store.prune(&contract, self.version(&contract, *to)).map_err(said)
            }
        }
    }

    /// One of the versions that are kept.
    fn version(&self, contract: &Address, chosen: u8) -> Version {
        let oldest = self.model.oldest.get(contract).copied().unwrap_or(0);
        Version((oldest + usize::from(chosen) % (self.model.contracts[contract].len() - oldest)) as u64)
    }

    /// Does it to the model.
    fn remember(&mut self, deed: &Deed) {
        match deed {
            Deed::Write(writes) => {
                self.model.write(&by_contract(writes));
                self.reached.commits += 1;
            }
            Deed::Fund { contract, amount } => {
                *self.model.funded.entry(address(*contract)).or_default() += u64::from(*amount);
            }
            Deed::RollBack { contract, to } => {
                let contract = address(*contract);
                let version = self.version(&contract, *to).0 as usize;
                if self.model.roll_back(&contract, version) {
                    self.reached.rolled_back += 1;
                }
            }
            Deed::Prune { contract, to } => {
                let contract = address(*contract);
                let version = self.version(&contract, *to).0 as usize;
                let before = self.model.oldest.insert(contract, version).unwrap_or(0);
                self.reached.pruned += u64::from(before < version);
            }
        }
    }

    /// The process dies before a step is done, with any part of its pages written: nothing of it is there.
    fn tear(&mut self, before: &[u8], chosen: u64) -> Result<(), String> {
        let torn = Directory::new().map_err(said)?;
        torn.write(&directory::torn(before, &self.directory.data().map_err(said)?, chosen)).map_err(said)?;
        let store = open(&torn)?;
        self.model.compare(&*store.snapshot().map_err(said)?);
        self.reached.torn += 1;
        is_sound(&*store)
    }

    fn compare(&self) -> Result<(), String> {
        for store in [&self.memory, &self.disk] {
            self.model.compare(&*store.snapshot().map_err(said)?);
            self.model.compare_blocks(&**store);
            is_sound(&**store)?;
        }
        Ok(())
    }
}

/// The pages of each contract that a write changes: of one that is written twice the last.
fn by_contract(writes: &[Write]) -> Vec<(Address, Pages)> {
    let mut contracts: BTreeMap<Address, Pages> = BTreeMap::new();
    for write in writes {
        contracts.entry(write.address()).or_default().insert(write.page, write.bytes());
    }
    contracts.into_iter().collect()
}

fn is_sound(store: &dyn PageStore) -> Result<(), String> {
    let report = store.check().map_err(said)?;
    if report.problems.is_empty() { Ok(()) } else { Err(format!("the check finds {:?}", report.problems)) }
}

fn fund(store: &dyn PageStore, contract: &Address, amount: u64) -> Result<(), StoreError> {
    let _writer = store.writer()?;
    let before = store.snapshot()?.account(contract)?.unwrap_or_default();
    let mut after = before.clone();
    after.balance += amount;
    store.commit(&Batch { accounts: vec![(*contract, Some(before), after)], ..Batch::default() })
}
