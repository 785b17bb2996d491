//! Transfer of contracts by their diffs, and files of diffs that do not fit.

use super::*;
use crate::store::StoreError;
use crate::store::{Diff, DiffFile, FaultyStore, Run};
use crate::units::{PageIndex, StateRoot, Version};

/// Returns a contract with six changes, which include zeros and a word at the end of a page.
fn origin() -> (Vm, Address) {
    let (vm, contract) = vm_with(COUNTER);
    let put = |at: i32, value| {
        let _ = vm.run(&Call::new(contract, "put").args([Value::I32(at), Value::I64(value)])).commit().unwrap();
    };
    for (at, value) in [(0, 1), (4088, 2), (40_000, 3), (0, 0), (4088, 0), (8, i64::MIN)] {
        put(at, value);
    }
    (vm, contract)
}

fn versions(vm: &Vm, contract: &Address) -> Vec<(Version, StateRoot)> {
    vm.history(contract).unwrap().iter().map(|entry| (entry.version, entry.state)).collect()
}

#[test]
fn a_contract_is_transferred_whole_and_then_by_new_diffs() {
    let (vm, contract) = origin();
    let other = vm_on(MemoryStore::new());
    let (first, exported) = vm.export_diffs(&contract, None).unwrap();
    let first = DiffFile::decode(&first.encode()).unwrap();
    assert_eq!(other.apply_diffs(&first).unwrap(), exported);
    assert_eq!(versions(&other, &contract), versions(&vm, &contract));
    for vm in [&vm, &other] {
        let _ = vm.run(&add(contract, 5)).commit().unwrap();
    }
    assert_eq!(versions(&other, &contract), versions(&vm, &contract));
    let _ = vm.run(&add(contract, 6)).commit().unwrap();
    vm.rollback(&contract, Version(2)).unwrap();
    let (more, exported) = vm.export_diffs(&contract, Some(Version(7))).unwrap();
    assert_eq!((more.diffs.len(), exported.from, exported.to), (2, Version(7), Version(9)));
    assert_eq!(other.apply_diffs(&more).unwrap(), exported);
    assert_eq!(versions(&other, &contract), versions(&vm, &contract));
    let (nothing, exported) = vm.export_diffs(&contract, Some(Version(9))).unwrap();
    assert_eq!(other.apply_diffs(&nothing).unwrap(), exported);
    assert_eq!(other.store().check().unwrap().problems, []);
}

#[test]
fn a_diff_that_does_not_fit_is_refused_and_nothing_changes() {
    let (vm, contract) = origin();
    let other = vm_on(MemoryStore::new());
    let (mut file, _) = vm.export_diffs(&contract, None).unwrap();
    let later = file.diffs.split_off(3);
    other.apply_diffs(&file).unwrap();
    let rest = DiffFile { from: Version(3), contract: None, diffs: later, ..file.clone() };
    let with = |change: &dyn Fn(&mut Vec<Diff>)| {
        let mut file = rest.clone();
        change(&mut file.diffs);
        file
    };
    let invalid: [(&str, DiffFile); 11] = [
        ("has the contract at", file.clone()),
        ("starts from version 5", with(&|diffs| _ = diffs.remove(1))),
        ("starts from version 3", with(&|diffs| diffs.insert(1, diffs[0].clone()))),
        ("starts from version 4", with(&|diffs| diffs.swap(0, 1))),
        ("starts from version 0", DiffFile { contract: None, ..file.clone() }),
        ("starts from the state root", with(&|diffs| diffs[0].before = StateRoot([1; 32]))),
        ("leads to the state", with(&|diffs| diffs[2].after = StateRoot([1; 32]))),
        ("leads to the state", with(&|diffs| diffs[1].pages[0].runs[0].xor[0] ^= 0x80)),
        ("is a diff of contract", with(&|diffs| diffs[1].contract = Address::ZERO)),
        ("page limit", with(&|diffs| diffs[2].pages[0].page = PageIndex(65_536))),
        ("must ascend", with(&|diffs| diffs[2].pages[0].runs.push(Run { offset: 0, xor: vec![1] }))),
    ];
    let before = (versions(&other, &contract), other.store().snapshot().unwrap().moment().unwrap());
    for (words, file) in invalid {
        let error = other.apply_diffs(&file).unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
        assert_eq!((versions(&other, &contract), other.store().snapshot().unwrap().moment().unwrap()), before);
    }
    other.apply_diffs(&rest).unwrap();
    assert_eq!(versions(&other, &contract), versions(&vm, &contract));
}

#[test]
fn a_file_with_an_invalid_contract_is_refused() {
    let (vm, contract) = origin();
    let (mut file, _) = vm.export_diffs(&contract, None).unwrap();
    file.contract.as_mut().unwrap().wasm.truncate(20);
    let other = vm_on(MemoryStore::new());
    assert!(matches!(other.apply_diffs(&file), Err(Error::Contract(_))));
    file.contract = None;
    assert!(matches!(other.apply_diffs(&file), Err(Error::Store(error)) if matches!(*error, StoreError::NoAccount(_))));
    assert_eq!(other.store().snapshot().unwrap().moment().unwrap(), Default::default());
}

#[test]
fn pruned_versions_cannot_be_exported() {
    let (vm, contract) = origin();
    vm.prune(&contract, Version(2)).unwrap();
    assert!(vm.export_diffs(&contract, None).unwrap_err().to_string().contains("before version 2 was pruned"));
    assert_eq!(vm.export_diffs(&contract, Some(Version(2))).unwrap().0.diffs.len(), 4);
}

#[test]
fn a_store_that_fails_while_diffs_are_applied_is_sound_and_keeps_the_applied_ones() {
    let (vm, contract) = origin();
    let (file, exported) = vm.export_diffs(&contract, None).unwrap();
    for failing in 1.. {
        let faulty = FaultyStore::new(MemoryStore::new());
        let other = vm_on(faulty.clone());
        faulty.fail_operation(failing);
        let outcome = other.apply_diffs(&file);
        faulty.fail_operation(0);
        assert_eq!(faulty.check().unwrap().problems, []);
        if let Ok(applied) = outcome {
            assert_eq!(applied, exported);
            assert!(failing > 20, "{failing} operations");
            break;
        }
        // The remaining diffs can be applied later.
        let reached = other.now().unwrap().account(&contract).unwrap().map(|account| account.version);
        let rest = vm.export_diffs(&contract, reached).unwrap().0;
        assert_eq!(other.apply_diffs(&rest).unwrap().state, exported.state);
    }
}
