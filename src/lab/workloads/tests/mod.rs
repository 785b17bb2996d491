mod counted;

use proptest::prelude::*;

use super::*;
use crate::paging::PagerKind;
use crate::store::{MemoryStore, PageStore, PageWrite};
use crate::units::{Address, PageIndex, StateRoot};

/// Every workload in every form under every pager, with dry runs and commits, on both stores. The subject compares each
/// result and state root with the native model's.
#[test]
fn every_form_ends_in_the_state_of_the_native_model() {
    let directory = tempfile::tempdir().unwrap();
    for (index, workload) in tiny().iter().enumerate() {
        for form in workload.forms() {
            for pager in PagerKind::available() {
                let path = directory.path().join(format!("{index}-{form}-{pager}"));
                for testbed in [Testbed::in_memory().unwrap(), Testbed::on_disk(&path).unwrap()] {
                    let mut subject = Subject::new(workload.as_ref(), form, pager, testbed).unwrap();
                    subject.dry_runs(2).unwrap();
                    subject.commits(3).unwrap();
                    subject.dry_runs(1).unwrap();
                    subject.commits(1).unwrap();
                }
            }
        }
    }
}

/// The workload `counter` with a wrong native model.
#[derive(Debug)]
pub(in crate::lab) struct WrongModel {
    /// Added to each result.
    pub(in crate::lab) result: i64,
    /// Added to the stored value.
    pub(in crate::lab) stored: u64,
}

impl Workload for WrongModel {
    fn name(&self) -> &'static str {
        "wrong"
    }
    fn shape(&self) -> String {
        Counter.shape()
    }
    fn source(&self, form: Form) -> Option<&'static str> {
        Counter.source(form)
    }
    fn setup(&self) -> Vec<Step> {
        Vec::new()
    }
    fn step(&self, index: u64) -> Step {
        Counter.step(index)
    }
    fn native(&self, step: &Step, storage: &mut Linear) -> i64 {
        let result = Counter.native(step, storage) + self.result;
        let value = storage.load(0) + self.stored;
        storage.store(0, value);
        result
    }
}

#[test]
fn a_contract_that_disagrees_with_its_model_is_a_failure_and_not_a_number() {
    let testbed = Testbed::in_memory().unwrap();
    let mut subject =
        Subject::new(&WrongModel { result: 0, stored: 1 }, Form::Mapped, PagerKind::Soft, testbed).unwrap();
    let refused = subject.dry_runs(1).unwrap_err();
    assert!(matches!(refused, crate::lab::LabError::WrongState { .. }), "{refused}");
}

#[test]
fn steps_of_a_workload_differ_in_their_seeds() {
    for workload in standard() {
        assert_ne!(workload.step(0).args.is_empty(), workload.step(0) != workload.step(1), "{workload:?}");
    }
}

/// The test vectors of the storage format.
#[test]
fn the_native_model_hashes_as_the_storage_format_defines() {
    let address: Address = "0102030405060708090a0b0c0d0e0f1011121314".parse().unwrap();
    let root = |pages: &[u64]| {
        let mut storage = Linear::default();
        pages.iter().for_each(|page| storage.store(page * 4_096, 7));
        storage.state_root(&address)
    };
    let expected = |hex: &str| hex.parse::<StateRoot>().unwrap();
    assert_eq!(root(&[]), StateRoot::ZERO);
    assert_eq!(root(&[0]), expected("e13e6cc4d567f0f9d95a13834dbdbc0afc6406119dadceca834f751d44cdeae9"));
    assert_eq!(root(&[1]), expected("4dbec2ec4bf9eb2246f2fd469d4428b07c9a56c3c056fbebe9196d6fac4c5214"));
    assert_eq!(root(&[0, 1]), expected("c1285839b4dc3338a8f0f35456762f79e110c303f43ebea1ef75021c08a50795"));
    assert_eq!(root(&[(1 << 20) - 1]), expected("ce880ac0358098f88c82d462d61f39adcdfa6e163946b7ab84c5bd0f804f25b3"));
}

/// Pages that the model keeps one by one have the same hashes as in the store.
#[test]
fn far_pages_hash_as_the_store_hashes_them() {
    let mut storage = Linear::default();
    let mut pages = [Box::new([0; 4_096]), Box::new([0; 4_096])];
    for (bytes, page) in pages.iter_mut().zip([3_u64, 1 << 19]) {
        storage.store(page * 4_096 + 16, page);
        bytes[16..24].copy_from_slice(&page.to_le_bytes());
    }
    let writes = pages.iter().zip([3, 1 << 19]).map(|(bytes, page)| PageWrite { page: PageIndex(page), bytes });
    let address = Address::ZERO;
    let snapshot = MemoryStore::new().snapshot().unwrap();
    let (state, _) = snapshot.state_after(&address, &writes.collect::<Vec<_>>()).unwrap();
    assert_eq!(storage.state_root(&address), state);
}

proptest! {
    #[test]
    fn transfers_neither_make_nor_lose_money(seed in any::<u64>(), accounts in 1..300u64, calls in 1..8u64) {
        let token = Token { accounts, transfers: 30 };
        let mut storage = Linear::default();
        for step in token.setup() {
            token.native(&step, &mut storage);
        }
        for index in 0..calls {
            token.native(&token.step(seed.wrapping_add(index)), &mut storage);
        }
        let total: u64 = (0..8_192).map(|slot| storage.load(slot * 16 + 8)).sum();
        prop_assert_eq!(total, accounts * 1_000_000);
    }
}
