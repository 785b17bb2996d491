//! The history of contracts, against a model that keeps every version.

use super::*;

#[derive(Debug, Clone)]
enum Step {
    /// Calls of a contract, each of which sets the word at an offset.
    Put(usize, Vec<(u32, i64)>),
    /// Rolls back to one of the versions that can be read.
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

/// The nonzero words of a contract, by offset.
type Words = BTreeMap<u32, i64>;

#[derive(Debug, Clone, Default)]
struct Contract {
    versions: Vec<Words>,
    /// The balance right after each version was made.
    balances: Vec<u64>,
    /// The moment and the world root of each version.
    worlds: Vec<(Moment, WorldRoot)>,
    balance: u64,
    oldest: usize,
}

impl Contract {
    fn change(&mut self, words: Words, vm: &Vm) {
        if self.versions.last() != Some(&words) {
            self.versions.push(words);
            self.balances.push(self.balance);
            self.worlds.push(world_now(vm));
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

    /// Returns the pages that differ between two versions.
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

/// Returns the newest moment and its world root, computed from all accounts.
fn world_now(vm: &Vm) -> (Moment, WorldRoot) {
    let snapshot = vm.store().snapshot().unwrap();
    let account = |address: Address| (address, snapshot.account(&address).unwrap().unwrap());
    let accounts: Vec<_> = snapshot.addresses().unwrap().into_iter().map(account).collect();
    (snapshot.moment().unwrap(), WorldRoot(world_root(&accounts)))
}

fn open(directory: &TempDir) -> Vm {
    let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
    vm_on(LmdbStore::open(directory.path(), &options).unwrap())
}

impl Worlds {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let vms = [vm_on(MemoryStore::new()), open(&directory)];
        let (mut addresses, mut model) = (Vec::new(), Vec::new());
        for nonce in 0..CONTRACTS as u64 {
            let [address, _] = vms.each_ref().map(|vm| deploy(vm, COUNTER, nonce));
            addresses.push(address);
            let mut contract = Contract::default();
            contract.change(Words::new(), &vms[0]);
            model.push(contract);
        }
        Self { directory, vms, addresses, model }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Put(contract, puts) => {
                for (offset, value) in puts {
                    let args = [Value::I32(offset as i32), Value::I64(value)];
                    let call = Call::new(self.addresses[contract], "put").args(args);
                    let [one, other] = self.vms.each_ref().map(|vm| vm.run(&call).commit().unwrap());
                    assert_eq!(one, other);
                    let mut words = self.model[contract].versions.last().unwrap().clone();
                    words.insert(offset, value);
                    words.retain(|_, value| *value != 0);
                    self.model[contract].change(words, &self.vms[0]);
                }
            }
            Step::Rollback(contract, to) => {
                let model = &mut self.model[contract];
                let to = model.oldest + to.index(model.versions.len() - model.oldest);
                let address = &self.addresses[contract];
                let before = self.vms[0].now().unwrap().account(address).unwrap();
                let [one, other] = self.vms.each_ref().map(|vm| vm.rollback(address, Version(to as u64)).unwrap());
                assert_eq!(one, other);
                let words = model.versions[to].clone();
                model.change(words, &self.vms[0]);
                assert_eq!(one.version, Version(model.versions.len() as u64 - 1));
                assert_eq!(
                    one.state,
                    self.vms[0].at((*address, Version(to as u64))).unwrap().account(address).unwrap().unwrap().state
                );
                let after = self.vms[0].now().unwrap().account(address).unwrap();
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
            for vm in &self.vms {
                compare_versions(vm, address, model);
                self.compare_proofs(vm, address, model);
            }
        }
        self.vms.iter().for_each(|vm| assert_eq!(vm.store().check().unwrap().problems, []));
    }

    /// Checks the proofs of each version: they lead to the roots of its moment, and show its pages.
    fn compare_proofs(&self, vm: &Vm, address: &Address, model: &Contract) {
        // Whole pages, and bytes on both sides of a border of pages.
        let pages = [0, 3, 255, 300].map(PageIndex).into_iter().fold(Selection::new(), Selection::page);
        let asked = pages.bytes(ByteOffset(4_080), 70);
        for version in model.oldest..model.versions.len() {
            let at = Version(version as u64);
            let account = vm.at((*address, at)).unwrap().account(address).unwrap().unwrap();
            let proof = vm.at((*address, at)).unwrap().prove(address, asked.clone()).unwrap();
            assert_eq!((proof.root, proof.state), (Root::State(account.state), account.state));
            let (moment, root) = model.worlds[version];
            let others = self.model.iter().filter(|other| other.oldest > 0);
            let is_pruned = others.map(|other| other.worlds[other.oldest].0).any(|start| moment < start);
            let in_world = match vm.at((*address, at)).unwrap().prove_in_world(address, asked.clone()) {
                Err(Error::Store(error)) if is_pruned => {
                    assert!(matches!(*error, StoreError::Pruned { .. }), "{error}");
                    None
                }
                proof => Some(proof.unwrap()),
            };
            assert_eq!(in_world.is_none(), is_pruned);
            let in_world = in_world.map(|proof| (proof, root.0));
            for (proof, root) in [Some((proof, account.state.0)), in_world].iter().flatten() {
                let proven = Verifier::new().root(*root).contract(*address).verify(&proof.bytes).unwrap();
                assert_eq!(proven.state, Some(account.state));
                assert!(proven.account.is_none_or(|proven| proven.balance == model.balances[version]));
                for page in &proven.pages {
                    assert!(page.content() == model.page(version, page.index.0), "version {at}, page {}", page.index);
                }
                let bytes = [&model.page(version, 0)[4_080..], &model.page(version, 1)[..54]].concat();
                assert_eq!(proven.ranges[0].content(), bytes, "version {at}");
            }
        }
    }
}

fn compare_versions(vm: &Vm, address: &Address, model: &Contract) {
    for version in model.oldest..model.versions.len() {
        let at = Version(version as u64);
        for page in [0, 1, 2, 3, 250, 259, 300] {
            assert_eq!(
                vm.at((*address, at)).unwrap().page(address, PageIndex(page)).unwrap().0,
                model.page(version, page)
            );
        }
        let account = vm.at((*address, at)).unwrap().account(address).unwrap().unwrap();
        assert_eq!((account.version, account.balance), (at, model.balances[version]));
        let offset = 4096 + 40;
        let call = Call::new(*address, "at").args([Value::I32(offset)]);
        let stored = model.versions[version].get(&(offset as u32)).copied().unwrap_or(0);
        assert_eq!(result(&vm.run(&call).at((*address, at)).dry().unwrap()), stored);
        let other = model.oldest + (version * 7 + 3) % (model.versions.len() - model.oldest);
        compare_difference(vm, address, model, version, other);
    }
    if model.oldest > 0 {
        let pruned = Version(model.oldest as u64 - 1);
        let error = vm.at((*address, pruned)).unwrap_err();
        assert!(error.to_string().contains(&format!("before version {} was pruned", model.oldest)), "{error}");
    }
    let beyond = Version(model.versions.len() as u64);
    let error = vm.at((*address, beyond)).unwrap_err();
    assert!(matches!(&error, Error::Store(error) if matches!(**error, StoreError::NoVersion { .. })), "{error}");
}

fn compare_difference(vm: &Vm, address: &Address, model: &Contract, from: usize, to: usize) {
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
    fn every_version_can_be_read_as_it_was(steps in prop::collection::vec(step(), 1..30)) {
        let mut worlds = Worlds::new();
        for step in steps {
            worlds.step(step);
        }
        worlds.compare();
    }
}
