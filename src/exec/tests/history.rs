//! The past of contracts against a model that keeps every version, and what fails on the way.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tempfile::TempDir;

use super::nested::{ACTOR, script};
use super::*;
use crate::store::{Durability, FaultyStore, LmdbStore, OpenOptions, StoreError};
use crate::units::{PAGE_SIZE, PageBytes, PageIndex, Version};

#[derive(Debug, Clone)]
enum Step {
    /// Calls of a contract, each of which sets the word at some offset.
    Put(usize, Vec<(u32, i64)>),
    /// To one of the versions that are kept.
    Rollback(usize, prop::sample::Index),
    Prune(usize, prop::sample::Index),
    Fund(usize, u8),
    /// Closes the store on disk and opens it again.
    Reopen,
}

const CONTRACTS: usize = 2;

fn step() -> impl Strategy<Value = Step> {
    let offset = (prop_oneof![4 => 0..4u32, 1 => 250..260u32], prop_oneof![Just(0u32), Just(40), Just(4088)]);
    let put = (offset.prop_map(|(page, at)| page * PAGE_SIZE as u32 + at), 0..4i64);
    let contract = 0..CONTRACTS;
    prop_oneof![
        6 => (contract.clone(), prop::collection::vec(put, 1..5)).prop_map(|(contract, puts)| Step::Put(contract, puts)),
        2 => (contract.clone(), any::<prop::sample::Index>()).prop_map(|(contract, to)| Step::Rollback(contract, to)),
        1 => (contract.clone(), any::<prop::sample::Index>()).prop_map(|(contract, to)| Step::Prune(contract, to)),
        1 => (contract, any::<u8>()).prop_map(|(contract, amount)| Step::Fund(contract, amount)),
        1 => Just(Step::Reopen),
    ]
}

/// The words of a contract that are not zero, by their offsets.
type Words = BTreeMap<u32, i64>;

#[derive(Debug, Clone, Default)]
struct Contract {
    versions: Vec<Words>,
    /// Its balance right after each version was made.
    balances: Vec<u64>,
    balance: u64,
    oldest: usize,
}

impl Contract {
    fn change(&mut self, words: Words) {
        if self.versions.last() != Some(&words) {
            self.versions.push(words);
            self.balances.push(self.balance);
        }
    }

    fn page(&self, version: usize, page: u32) -> PageBytes {
        let mut bytes = [0; PAGE_SIZE];
        for (offset, value) in self.versions[version].range(page * 4096..(page + 1) * 4096) {
            let at = (offset % 4096) as usize;
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        bytes
    }

    /// The pages that differ between two versions.
    fn changed(&self, from: usize, to: usize) -> BTreeSet<u32> {
        let pages = self.versions.iter().flat_map(|words| words.keys().map(|offset| offset / 4096));
        pages.filter(|page| self.page(from, *page) != self.page(to, *page)).collect()
    }
}

struct Worlds {
    directory: TempDir,
    vms: [Vm; 2],
    addresses: Vec<Address>,
    model: Vec<Contract>,
}

fn open(directory: &TempDir) -> Vm {
    let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
    vm_on(LmdbStore::open(directory.path(), &options).unwrap())
}

impl Worlds {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let vms = [vm_on(MemoryStore::new()), open(&directory)];
        let mut addresses = Vec::new();
        for vm in &vms {
            addresses = (0..CONTRACTS as u64).map(|nonce| deploy(vm, COUNTER, nonce)).collect();
        }
        let fresh = Contract { versions: vec![Words::new()], balances: vec![0], ..Contract::default() };
        Self { directory, vms, addresses, model: vec![fresh; CONTRACTS] }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Put(contract, puts) => {
                for (offset, value) in puts {
                    let args = [Value::I32(offset as i32), Value::I64(value)];
                    let call = Call::new(self.addresses[contract], "put").args(args);
                    let [one, other] = self.vms.each_ref().map(|vm| vm.call(&call).unwrap());
                    assert_eq!(one, other);
                    let mut words = self.model[contract].versions.last().unwrap().clone();
                    words.insert(offset, value);
                    words.retain(|_, value| *value != 0);
                    self.model[contract].change(words);
                }
            }
            Step::Rollback(contract, to) => {
                let model = &mut self.model[contract];
                let to = model.oldest + to.index(model.versions.len() - model.oldest);
                let address = &self.addresses[contract];
                let before = self.vms[0].account(address).unwrap();
                let [one, other] = self.vms.each_ref().map(|vm| vm.rollback(address, Version(to as u64)).unwrap());
                assert_eq!(one, other);
                let words = model.versions[to].clone();
                model.change(words);
                assert_eq!(one.version, Version(model.versions.len() as u64 - 1));
                assert_eq!(one.state, self.vms[0].account_at(address, Version(to as u64)).unwrap().state);
                let after = self.vms[0].account(address).unwrap();
                assert_eq!(one.commit.is_none(), before == after);
            }
            Step::Prune(contract, to) => {
                let model = &mut self.model[contract];
                let to = model.oldest + to.index(model.versions.len() - model.oldest);
                let pruned =
                    self.vms.each_ref().map(|vm| vm.prune(&self.addresses[contract], Version(to as u64)).unwrap());
                assert_eq!((&pruned[0], pruned[0].version), (&pruned[1], Version(to as u64)));
                model.oldest = to;
            }
            Step::Fund(contract, amount) => {
                for vm in &self.vms {
                    vm.fund(&self.addresses[contract], amount.into()).unwrap();
                }
                self.model[contract].balance += u64::from(amount);
            }
            Step::Reopen => {
                self.vms[1] = vm_on(MemoryStore::new());
                self.vms[1] = open(&self.directory);
            }
        }
    }

    fn compare(&self) {
        for (address, model) in self.addresses.iter().zip(&self.model) {
            let [one, other] = self.vms.each_ref().map(|vm| vm.history(address).unwrap());
            assert_eq!(one, other);
            assert_eq!(one.len(), model.versions.len() - model.oldest);
            for (entry, version) in one.iter().zip(model.oldest..) {
                assert_eq!(entry.version, Version(version as u64));
                let changed = match version {
                    0 => Some(0),
                    _ if version == model.oldest => None,
                    _ => Some(model.changed(version - 1, version).len() as u32),
                };
                assert_eq!(entry.pages_changed, changed);
            }
            self.vms.iter().for_each(|vm| compare_versions(vm, address, model));
        }
        self.vms.iter().for_each(|vm| assert_eq!(vm.store().check().unwrap().problems, []));
    }
}

fn compare_versions(vm: &Vm, address: &Address, model: &Contract) {
    for version in model.oldest..model.versions.len() {
        let at = Version(version as u64);
        for page in [0, 1, 2, 3, 250, 259, 300] {
            assert_eq!(vm.page_at(address, PageIndex(page), at).unwrap().0, model.page(version, page));
        }
        let account = vm.account_at(address, at).unwrap();
        assert_eq!((account.version, account.balance), (at, model.balances[version]));
        let offset = 4096 + 40;
        let call = Call::new(*address, "at").args([Value::I32(offset)]);
        let stored = model.versions[version].get(&(offset as u32)).copied().unwrap_or(0);
        assert_eq!(result(&vm.dry_run_at(&call, at).unwrap()), stored);
        let other = model.oldest + (version * 7 + 3) % (model.versions.len() - model.oldest);
        compare_difference(vm, address, model, (version, other));
    }
    if model.oldest > 0 {
        let gone = Version(model.oldest as u64 - 1);
        let error = vm.read_at(address, ByteOffset(0), 1, gone).unwrap_err();
        assert!(error.to_string().contains(&format!("before version {} was pruned", model.oldest)), "{error}");
    }
    let beyond = Version(model.versions.len() as u64);
    let error = vm.read_at(address, ByteOffset(0), 1, beyond).unwrap_err();
    assert!(matches!(&error, Error::Store(error) if matches!(**error, StoreError::NoVersion { .. })), "{error}");
}

fn compare_difference(vm: &Vm, address: &Address, model: &Contract, (from, to): (usize, usize)) {
    let differences = vm.diff(address, Version(from as u64), Version(to as u64)).unwrap();
    let pages: BTreeSet<u32> = differences.iter().map(|difference| difference.page.0).collect();
    assert_eq!(pages, model.changed(from, to));
    for difference in &differences {
        let mut bytes = model.page(from, difference.page.0);
        for run in &difference.runs {
            let place = &mut bytes[usize::from(run.offset)..][..run.old.len()];
            assert_eq!(place, run.old);
            place.copy_from_slice(&run.new);
        }
        assert_eq!(bytes, model.page(to, difference.page.0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_kept_version_is_as_it_was(steps in prop::collection::vec(step(), 1..30)) {
        let mut worlds = Worlds::new();
        for step in steps {
            worlds.step(step);
        }
        worlds.compare();
    }
}

#[test]
fn a_call_on_a_version_sees_the_whole_world_of_then_under_every_pager() {
    let vm = vm_on(MemoryStore::new());
    let contracts: Vec<_> = (0..3).map(|nonce| deploy(&vm, ACTOR, nonce)).collect();
    let run = |contract: usize, parts: &[&str]| {
        Call::new(contracts[contract], "run").input(script(&contracts, parts)).gas(Gas(1 << 30))
    };
    // Looks at its own storage, at a balance and into another contract, and changes both.
    let probe = run(0, &["+", "s", "b", "1", "c", "1", "+", "s", "e"]);
    let mut then = Vec::new();
    let calls: [&[&str]; 5] =
        [&["+"], &["s", "c", "1", "+"], &["+", "c", "1", "s", "c", "2", "+"], &["+", "s"], &["+"]];
    for (round, parts) in calls.iter().enumerate() {
        vm.call(&run(0, parts)).unwrap();
        let receipts: Vec<_> =
            PagerKind::available().map(|pager| vm.dry_run(&probe.clone().pager(pager)).unwrap()).collect();
        then.push(receipts);
        // What comes after a commit is not of its moment.
        vm.fund(&contracts[1], 10 + round as u64).unwrap();
        vm.call(&run(1, &["+", "s"])).unwrap();
    }
    for (version, receipts) in then.iter().enumerate() {
        for (pager, receipt) in PagerKind::available().zip(receipts) {
            let at = Version(version as u64 + 1);
            let again = vm.dry_run_at(&probe.clone().pager(pager), at).unwrap();
            assert_eq!(&again, receipt, "{pager} at version {at}");
        }
    }
    let head = vm.store().snapshot().unwrap().moment().unwrap();
    assert_eq!(head.commit.0, 10, "no dry run was committed");
}

#[test]
fn pruning_one_contract_leaves_the_past_of_others_and_says_what_is_gone() {
    let vm = vm_on(MemoryStore::new());
    let (one, other) = (deploy(&vm, ACTOR, 0), deploy(&vm, ACTOR, 1));
    let contracts = [one, other];
    let run = |contract, parts: &[&str]| Call::new(contract, "run").input(script(&contracts, parts));
    for _ in 0..3 {
        vm.call(&run(one, &["+"])).unwrap();
        vm.call(&run(other, &["+"])).unwrap();
    }
    vm.prune(&other, Version(3)).unwrap();
    let alone = vm.dry_run_at(&run(one, &["+"]), Version(1)).unwrap();
    assert_eq!(result(&alone), 2);
    let error = vm.dry_run_at(&run(one, &["c", "1", "+"]), Version(1)).unwrap_err();
    assert!(error.to_string().contains(&format!("the history of {other} before version 3 was pruned")), "{error}");
    vm.rollback(&other, Version(3)).unwrap();
    assert!(vm.rollback(&other, Version(2)).is_err());
}

/// What can be done with the past, on a contract of four versions.
type Deed = fn(&Vm, &Address) -> Result<(), Error>;

#[test]
fn whichever_operation_of_the_store_fails_the_past_is_as_before_and_the_next_try_works() {
    let deeds: [(&str, Deed); 7] = [
        ("read", |vm, contract| vm.read_at(contract, ByteOffset(0), 5000, Version(1)).map(drop)),
        ("page", |vm, contract| vm.page_at(contract, PageIndex(0), Version(2)).map(drop)),
        ("call", |vm, contract| {
            let receipt = vm.dry_run_at(&add(*contract, 1), Version(2))?;
            match receipt.status {
                Status::Halted(halt) => Err(Error::Runtime { attempt: "calling".to_owned(), message: halt.message }),
                _ => Ok(()),
            }
        }),
        ("history", |vm, contract| vm.history(contract).map(drop)),
        ("diff", |vm, contract| vm.diff(contract, Version(1), Version(4)).map(drop)),
        ("rollback", |vm, contract| vm.rollback(contract, Version(1)).map(drop)),
        ("prune", |vm, contract| vm.prune(contract, Version(2)).map(drop)),
    ];
    let directory = TempDir::new().unwrap();
    let disk = LmdbStore::open(directory.path(), &OpenOptions::default()).unwrap();
    for store in [MemoryStore::new() as Arc<dyn PageStore>, disk] {
        let faulty = FaultyStore::new(store);
        let vm = vm_on(faulty.clone());
        let contract = deploy(&vm, COUNTER, 0);
        for amount in 1..5 {
            vm.call(&add(contract, amount)).unwrap();
        }
        for (name, deed) in deeds {
            let before = vm.history(&contract).unwrap();
            let mut failing = 1;
            loop {
                faulty.fail_operation(failing);
                let outcome = deed(&vm, &contract);
                faulty.fail_operation(0);
                let Err(error) = outcome else { break };
                assert!(error.to_string().contains("injected"), "{name}: {error}");
                // Pruning says what is left, after it is done.
                if name != "prune" {
                    assert_eq!(vm.history(&contract).unwrap(), before, "{name}: operation {failing}");
                }
                failing += 1;
            }
            assert!(failing > 3, "{name} has only {failing} operations");
        }
        assert_eq!(vm.history(&contract).unwrap().len(), 4);
        assert_eq!(vm.store().check().unwrap().problems, []);
    }
}
