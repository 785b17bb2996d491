//! Accounts: deployment, balances, nonces, and calls that cannot start.

use super::*;
use crate::units::{Gas, PageCount, PageIndex, StateRoot, Version};

const SENDER: Address = Address([9; 20]);

fn limit_of(code: &str, requested: Option<u32>) -> Result<u32, Error> {
    let vm = vm_on(MemoryStore::new());
    let deployment = Deployment { max_pages: requested.map(PageCount), ..Deployment::default() };
    vm.deploy(code.as_bytes(), &deployment).map(|deployed| deployed.max_pages.0)
}

#[test]
fn the_page_limit_is_the_smaller_of_the_requested_and_the_declared_one() {
    let none = r#"(module (import "storage" "memory" (memory 1)))"#;
    let three = r#"(module (import "storage" "memory" (memory 1 3)))"#;
    let without = "(module)";
    assert_eq!(limit_of(none, None).unwrap(), 65_536);
    assert_eq!(limit_of(none, Some(1 << 20)).unwrap(), 1 << 20);
    assert_eq!(limit_of(three, None).unwrap(), 48);
    assert_eq!(limit_of(three, Some(16)).unwrap(), 16);
    assert_eq!(limit_of(three, Some(160)).unwrap(), 48);
    assert_eq!(limit_of(without, Some(32)).unwrap(), 32);
    for wrong in [0, 1, 15, 17, (1 << 20) + 16, u32::MAX] {
        let error = limit_of(none, Some(wrong)).unwrap_err();
        assert!(error.to_string().contains("multiple of 16"), "{error}");
    }
    let needs_two = r#"(module (import "storage" "memory" (memory 2)))"#;
    assert!(limit_of(needs_two, Some(16)).unwrap_err().to_string().contains("at least 32 pages"));
}

#[test]
fn all_of_a_storage_of_four_gigabytes_is_accessible() {
    let code = r#"(module (import "storage" "memory" (memory 1))
      (func (export "put") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
      (func (export "at") (param i32) (result i64) (i64.load (local.get 0)))
      (func (export "size") (result i32) (memory.size)))"#;
    let vm = vm_on(MemoryStore::new());
    let deployment = Deployment { max_pages: Some(PageCount(1 << 20)), ..Deployment::default() };
    let contract = vm.deploy(code.as_bytes(), &deployment).unwrap().address;
    for pager in PagerKind::available() {
        let size = vm.run(&Call::new(contract, "size").pager(pager)).dry().unwrap();
        assert_eq!(result(&size), 65_536);
        let last = Call::new(contract, "put").pager(pager).args([Value::I32(-8), Value::I64(77)]);
        assert_eq!(vm.run(&last).dry().unwrap().contracts[0].pages_changed, 1);
        let over = Call::new(contract, "put").pager(pager).args([Value::I32(-7), Value::I64(77)]);
        assert_eq!(halt_kind(&vm.run(&over).dry().unwrap()), Some(HaltKind::Trap));
    }
}

#[test]
fn a_second_deployment_to_an_address_is_refused() {
    let (vm, contract) = vm_with(COUNTER);
    let _ = vm.run(&add(contract, 1)).commit().unwrap();
    let error = vm.deploy(COUNTER.as_bytes(), &Deployment::default()).unwrap_err();
    assert!(matches!(error, Error::AddressTaken(address) if address == contract), "{error}");
    assert_eq!(stored(&vm, contract), 1);
}

#[test]
fn an_address_that_was_funded_before_its_deployment_keeps_its_balance() {
    let (vm, contract) = vm_with(COUNTER);
    let hash = vm.now().unwrap().account(&contract).unwrap().unwrap().code.unwrap().hash;
    let next = crate::store::hash::contract_address(&Address::ZERO, 1, &hash);
    vm.fund(&next, 5).unwrap();
    let deployment = Deployment { nonce: 1, balance: 3, ..Deployment::default() };
    assert_eq!(vm.deploy(COUNTER.as_bytes(), &deployment).unwrap().address, next);
    assert_eq!(vm.now().unwrap().account(&next).unwrap().unwrap().balance, 8);
}

#[test]
fn value_is_transferred_only_with_a_call_that_returns() {
    let (vm, contract) = vm_with(COUNTER);
    vm.fund(&SENDER, 10).unwrap();
    let balances = || [SENDER, contract].map(|of| vm.now().unwrap().account(&of).unwrap().unwrap().balance);
    let _ = vm.run(&add(contract, 1).sender(SENDER).value(4)).commit().unwrap();
    assert_eq!(balances(), [6, 4]);
    let _ = vm.run(&Call::new(contract, "add_and_revert").sender(SENDER).value(4)).commit().unwrap();
    let _ = vm.run(&add(contract, 1).sender(SENDER).value(4)).dry().unwrap();
    assert_eq!(balances(), [6, 4]);
    let error = vm.run(&add(contract, 1).sender(SENDER).value(7)).commit().unwrap_err();
    assert!(matches!(error, Error::Transaction(TransactionError::Balance { balance: 6, value: 7, .. })), "{error}");
}

#[test]
fn a_contract_that_sends_value_to_itself_keeps_its_balance() {
    let (vm, contract) = vm_with(COUNTER);
    vm.fund(&contract, 10).unwrap();
    let _ = vm.run(&add(contract, 1).sender(contract).value(10)).commit().unwrap();
    let account = vm.now().unwrap().account(&contract).unwrap().unwrap();
    assert_eq!((account.balance, account.nonce, account.version), (10, 1, Version(1)));
    assert!(vm.run(&add(contract, 1).sender(contract).value(11)).commit().is_err());
}

#[test]
fn a_balance_that_would_overflow_is_refused() {
    let (vm, contract) = vm_with(COUNTER);
    vm.fund(&contract, u64::MAX).unwrap();
    assert!(matches!(vm.fund(&contract, 1), Err(Error::Transaction(TransactionError::BalanceOverflow { .. }))));
    vm.fund(&SENDER, 1).unwrap();
    assert!(matches!(
        vm.run(&add(contract, 1).sender(SENDER).value(1)).commit(),
        Err(Error::Transaction(TransactionError::BalanceOverflow { .. }))
    ));
    assert_eq!(vm.now().unwrap().account(&SENDER).unwrap().unwrap().balance, 1);
}

#[test]
fn the_nonce_counts_committed_calls() {
    let (vm, contract) = vm_with(COUNTER);
    let nonce = || vm.now().unwrap().account(&SENDER).unwrap().map_or(0, |account| account.nonce);
    for expected in 0..3 {
        assert_eq!(nonce(), expected);
        let _ = vm.run(&add(contract, 1).sender(SENDER)).dry().unwrap();
        let _ = vm.run(&Call::new(contract, "add_and_trap").sender(SENDER)).commit().unwrap();
        let _ = vm.run(&add(contract, 1).sender(SENDER).nonce(expected)).commit().unwrap();
    }
    let error = vm.run(&add(contract, 1).sender(SENDER).nonce(1)).commit().unwrap_err();
    assert!(matches!(error, Error::Transaction(TransactionError::Nonce { recorded: 3, given: 1, .. })), "{error}");
}

#[test]
fn a_call_that_changes_no_storage_is_a_commit_without_a_version() {
    let (vm, contract) = vm_with(COUNTER);
    let receipt = vm.run(&Call::new(contract, "get")).commit().unwrap();
    assert_eq!(receipt.commit.unwrap().0, 1);
    assert_eq!((receipt.contracts[0].version, receipt.contracts[0].state_after), (Version(0), Some(StateRoot::ZERO)));
    assert_eq!(vm.receipt(receipt.commit.unwrap()).unwrap().unwrap(), receipt);
}

#[test]
fn a_call_that_cannot_start_is_an_error_that_names_the_reason() {
    let (vm, contract) = vm_with(COUNTER);
    let error = |call: Call| vm.run(&call).commit().unwrap_err().to_string();
    let absent = Address([7; 20]);
    assert!(error(Call::new(absent, "get")).contains(&absent.to_string()));
    vm.fund(&absent, 1).unwrap();
    assert!(error(Call::new(absent, "get")).contains("no contract"));
    assert!(error(Call::new(contract, "gett")).contains("add, add_and_revert"));
    assert!(error(Call::new(contract, "add")).contains("takes (i64), but was given ()"));
    assert!(error(Call::new(contract, "add").args([Value::I32(1)])).contains("given (i32)"));
    assert!(error(add(contract, 1).input(vec![0; (1 << 20) + 1])).contains("1048577"));
    assert_eq!(vm.run(&add(contract, 1).gas(Gas(0))).dry().unwrap().contracts.len(), 1);
}

#[test]
fn a_read_outside_the_storage_is_refused() {
    let (vm, contract) = vm_with(COUNTER);
    let size = 65_536 * 4096;
    assert_eq!(vm.now().unwrap().read(&contract, ByteOffset(size - 3), 3).unwrap(), [0; 3]);
    assert!(vm.now().unwrap().read(&contract, ByteOffset(size), 0).unwrap().is_empty());
    for (offset, length) in [(size, 1), (size - 1, 2), (u64::MAX, 1), (1, u64::MAX)] {
        assert!(matches!(
            vm.now().unwrap().read(&contract, ByteOffset(offset), length),
            Err(Error::StorageRange { .. })
        ));
    }
    assert!(vm.now().unwrap().page(&contract, PageIndex(65_535)).is_ok());
    assert!(vm.now().unwrap().page(&contract, PageIndex(65_536)).is_err());
    assert!(vm.now().unwrap().page(&contract, PageIndex(u32::MAX)).is_err());
}
