//! The two whole contracts that the page begins with do the same.

use vellum::receipt::{Call, Receipt, Value};
use vellum::store::MemoryStore;
use vellum::units::{Address, ByteOffset};
use vellum::vm::{Deployment, Vm};

use crate::page;

/// Records enough for several pages: some of them cross from one into the next.
const RECORDS: i64 = 700;

/// Bytes of the pages that they take, and of a page more.
const STORAGE: u64 = 6 * 4_096;

fn deploy(vm: &Vm, file: &str) -> Address {
    let blocks = page::blocks(&page::text());
    let block = blocks.iter().find(|block| block.file.as_deref() == Some(file)).expect(file);
    vm.deploy(block.text.as_bytes(), &Deployment::default()).unwrap().address
}

fn record(index: i64) -> Vec<u8> {
    (0..24).map(|byte| (index * 31 + byte) as u8).collect()
}

#[test]
fn they_end_in_the_same_state_and_give_the_same_records() {
    let vm = Vm::new(MemoryStore::new()).unwrap();
    let both = ["mapped.wat", "slices.wat"].map(|file| deploy(&vm, file));
    let run = |contract: Address, function: &str, args: &[Value], input: Vec<u8>| -> Receipt {
        vm.run(&Call::new(contract, function).args(args.to_vec()).input(input)).commit().unwrap()
    };
    for index in 0..RECORDS {
        let changed = both.map(|contract| {
            let pushed = run(contract, "push", &[], record(index));
            assert_eq!(pushed.results, [Value::I64(index)], "{pushed:?}");
            pushed.contracts[0].pages_changed
        });
        assert_eq!(changed[0], changed[1], "pages changed by record {index}");
    }
    let storage = both.map(|contract| vm.now().unwrap().read(&contract, ByteOffset(0), STORAGE).unwrap());
    assert!(storage[0].ends_with(&[0; 4_096]) && storage[0] == storage[1], "storage differs");
    for contract in both {
        for index in [0, 169, 170, 171, 340, 511, RECORDS - 1] {
            let got = run(contract, "get", &[Value::I64(index)], Vec::new());
            assert_eq!(got.output, record(index), "record {index}: {got:?}");
        }
        let too_far = run(contract, "get", &[Value::I64(RECORDS)], Vec::new());
        assert_eq!(too_far.status.name(), "reverted");
        assert_eq!(run(contract, "len", &[], Vec::new()).results, [Value::I64(RECORDS)]);
    }
}
