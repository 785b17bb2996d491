//! Random operations on stores, compared with a model: commits, funding, rollbacks and prunes, with failures of any store
//! operation, reopening, and processes killed between commits or during one.

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
use steps::{CONTRACTS, Operation, Step, StoreIncident, Write};

counts! {
    /// How often steps reached each situation.
    StoreReached:
    /// Commits of writes.
    commits
    /// Rollbacks that changed something.
    rolled_back
    /// Prunes that deleted something.
    pruned
    /// Steps that an injected failure interrupted.
    failed
    /// Stores that were closed and reopened.
    reopened
    /// Processes that were killed after a step.
    killed
    /// Processes that were killed during a step, with a part of it written.
    torn
}

/// Generates steps from bytes and runs them on a store in memory and on one on disk. Both must equal the model after every
/// failure, after every kill and at the end, and `check` must find no problem.
///
/// # Errors
/// Returns the difference, and the steps.
pub fn store_is_the_model(bytes: &[u8]) -> Result<StoreReached, String> {
    let steps = StoreSteps::of_bytes(bytes);
    steps.run().map_err(|what| format!("{what}\n{steps}"))
}

impl StoreSteps {
    /// Runs the steps as [`store_is_the_model`] does.
    pub fn run(&self) -> Result<StoreReached, String> {
        caught(|| run(&self.0)).and_then(|result| result)
    }
}

struct Stores {
    directory: Directory,
    memory: Arc<FaultyStore>,
    disk: Arc<FaultyStore>,
    model: Model,
    /// Snapshots that stay open to the end, or until the store on disk is closed, each with the model of that moment.
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
            let outcome = self.attempt(&*store, &step.operation);
            store.fail_operation(0);
            match outcome {
                Err(what) if step.failing > 0 && what.contains("injected failure") => {
                    self.model.compare(&*store.snapshot().map_err(said)?);
                    self.reached.failed += 1;
                    self.attempt(&*store, &step.operation)?;
                }
                outcome => outcome?,
            }
        }
        if let StoreIncident::Tear(chosen) = step.incident {
            self.tear(&before, chosen)?;
        }
        self.update_model(&step.operation);
        match step.incident {
            StoreIncident::Reopen => {
                self.held.clear();
                self.disk = FaultyStore::new(MemoryStore::new());
                self.disk = open(&self.directory)?;
                self.reached.reopened += 1;
                self.compare()
            }
            StoreIncident::Kill => {
                let copy = Directory::new().map_err(said)?;
                copy.write(&self.directory.data().map_err(said)?).map_err(said)?;
                self.held.clear();
                self.disk = open(&copy)?;
                self.directory = copy;
                self.reached.killed += 1;
                self.compare()
            }
            StoreIncident::Hold => {
                let snapshots = [self.memory.snapshot().map_err(said)?, self.disk.snapshot().map_err(said)?];
                self.held.push((self.model.clone(), snapshots));
                Ok(())
            }
            StoreIncident::None | StoreIncident::Tear(_) => Ok(()),
        }
    }

    /// Applies an operation to one of the stores.
    fn attempt(&self, store: &dyn PageStore, operation: &Operation) -> Result<(), String> {
        match operation {
            Operation::Write(writes) => {
                let contracts = by_contract(writes);
                match store.snapshot().and_then(|snapshot| snapshot.head()).map_err(said)?.0 + 1 {
                    block if block.is_multiple_of(3) => write_block(store, &contracts, block).map_err(said),
                    _ => write_all(store, &contracts).map_err(said),
                }
            }
            Operation::Fund { contract, amount } => fund(store, &address(*contract), (*amount).into()).map_err(said),
            Operation::RollBack { contract, to } => {
                let contract = address(*contract);
                let rolled = roll_back(store, &contract, self.version(&contract, *to)).map_err(said)?;
                if rolled.went_round_damage() {
                    return Err(format!("a rollback finds damage in a sound store: {rolled:?}"));
                }
                Ok(())
            }
            Operation::Prune { contract, to } => {
                let contract = address(*contract);
                store.prune(&contract, self.version(&contract, *to)).map_err(said)
            }
        }
    }

    /// Chooses one of the versions that were not pruned.
    fn version(&self, contract: &Address, chosen: u8) -> Version {
        let oldest = self.model.oldest.get(contract).copied().unwrap_or(0);
        Version((oldest + usize::from(chosen) % (self.model.contracts[contract].len() - oldest)) as u64)
    }

    /// Applies an operation to the model.
    fn update_model(&mut self, operation: &Operation) {
        match operation {
            Operation::Write(writes) => {
                self.model.write(&by_contract(writes));
                self.reached.commits += 1;
            }
            Operation::Fund { contract, amount } => {
                *self.model.funded.entry(address(*contract)).or_default() += u64::from(*amount);
            }
            Operation::RollBack { contract, to } => {
                let contract = address(*contract);
                let version = self.version(&contract, *to).0 as usize;
                if self.model.roll_back(&contract, version) {
                    self.reached.rolled_back += 1;
                }
            }
            Operation::Prune { contract, to } => {
                let contract = address(*contract);
                let version = self.version(&contract, *to).0 as usize;
                let before = self.model.oldest.insert(contract, version).unwrap_or(0);
                self.reached.pruned += u64::from(before < version);
            }
        }
    }

    /// Kills the process during a step, when any part of the pages is written. The store must be as before the step.
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

/// Groups writes by contract. If a page is written twice, the last write counts.
fn by_contract(writes: &[Write]) -> Vec<(Address, Pages)> {
    let mut contracts: BTreeMap<Address, Pages> = BTreeMap::new();
    for write in writes {
        contracts.entry(write.address()).or_default().insert(write.page, write.bytes());
    }
    contracts.into_iter().collect()
}

fn is_sound(store: &dyn PageStore) -> Result<(), String> {
    let report = store.check().map_err(said)?;
    if report.problems.is_empty() { Ok(()) } else { Err(format!("the check of the store finds {:?}", report.problems)) }
}

fn fund(store: &dyn PageStore, contract: &Address, amount: u64) -> Result<(), StoreError> {
    let _writer = store.writer()?;
    let before = store.snapshot()?.account(contract)?.unwrap_or_default();
    let mut after = before.clone();
    after.balance += amount;
    store.commit(&Batch { accounts: vec![(*contract, Some(before), after)], ..Batch::default() })
}
