//! Recorded receipts and blocks are decoded as they were, and cut ones are refused.

use proptest::prelude::*;

use super::*;

fn receipt() -> Receipt {
    let contract = TouchedContract {
        address: Address([7; 20]),
        state_before: Some(StateRoot([1; 32])),
        state_after: Some(StateRoot([2; 32])),
        version: Version(300),
        pages_changed: 5,
    };
    Receipt {
        status: Status::Halted(Halt { kind: HaltKind::Store, message: "a page is gone".to_owned() }),
        commit: Some(CommitNumber(u64::MAX - 1)),
        results: vec![Value::I32(-1), Value::I64(i64::MIN)],
        output: vec![0; 200],
        gas_used: Gas(u64::MAX),
        contracts: vec![contract],
        events: vec![
            Event { contract: Address([9; 20]), topics: vec![[3; 32], [4; 32]], data: vec![1, 2], expires_after: 300 },
            Event { contract: Address([8; 20]), topics: Vec::new(), data: Vec::new(), expires_after: 0 },
        ],
        logs: vec!["päge".to_owned(), String::new()],
    }
}

#[test]
fn a_receipt_is_decoded_as_it_was_encoded() {
    for status in [Status::Returned, Status::Reverted, receipt().status] {
        for commit in [None, Some(CommitNumber(0)), receipt().commit] {
            let receipt = Receipt { status: status.clone(), commit, ..receipt() };
            assert_eq!(decode(&encode(&receipt)), Ok(Recorded::Call(receipt)));
        }
    }
}

fn block() -> Block {
    let mut second = receipt();
    (second.contracts[0].state_before, second.contracts[0].state_after) = (None, None);
    Block {
        number: 300,
        timestamp: u64::MAX,
        commit: CommitNumber(7),
        world_root: WorldRoot([6; 32]),
        states: vec![ContractState { address: Address([7; 20]), version: Version(300), state: StateRoot([8; 32]) }],
        receipts: vec![receipt(), second],
    }
}

#[test]
fn a_block_is_decoded_as_it_was_encoded() {
    let block = block();
    assert_eq!(decode_world_root(&encode_block(&block)), Ok(Some(block.world_root)));
    assert_eq!(decode_world_root(&encode(&receipt())), Ok(None));
    assert_eq!(decode(&encode_block(&block)), Ok(Recorded::Block(block)));
}

#[test]
fn a_record_that_was_cut_short_is_refused() {
    for bytes in [encode(&receipt()), encode_block(&block())] {
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
        }
        assert_eq!(decode(&[bytes, vec![0]].concat()), Err(DecodeError::Trailing(1)));
    }
}

/// The record of a call, and of a block of one call, in the previous format version.
#[test]
fn a_record_of_the_previous_version_is_read_without_its_counts_of_touched_pages() {
    let receipt = |commit: u8| {
        let contract = [&[7; 20][..], &[1; 32], &[1], &[2; 32], &[9], &[4], &[0], &[5]].concat();
        [&[0, commit, 0, 0, 100, 1][..], &contract, &[0, 0]].concat()
    };
    let call = [&[3, 0][..], &receipt(8)].concat();
    let expected = Receipt {
        status: Status::Returned,
        commit: Some(CommitNumber(7)),
        results: Vec::new(),
        output: Vec::new(),
        gas_used: Gas(100),
        contracts: vec![TouchedContract {
            address: Address([7; 20]),
            state_before: Some(StateRoot([1; 32])),
            state_after: Some(StateRoot([2; 32])),
            version: Version(9),
            pages_changed: 5,
        }],
        events: Vec::new(),
        logs: Vec::new(),
    };
    assert_eq!(decode(&call), Ok(Recorded::Call(expected)));
    let block = [&[3, 1, 1, 0, 7][..], &[6; 32], &[0, 1], &receipt(8)].concat();
    let Ok(Recorded::Block(block)) = decode(&block) else { panic!("not a block") };
    assert_eq!(block.receipts[0].contracts[0].state_before, None, "a block computes no state roots between calls");
}

proptest! {
    #[test]
    fn any_bytes_decode_without_a_panic(mut bytes: Vec<u8>) {
        let _ = (decode(&bytes), decode_world_root(&bytes));
        bytes.insert(0, PREVIOUS_VERSION);
        let _ = decode(&bytes);
        bytes[0] = FORMAT_VERSION;
        let _ = decode_world_root(&bytes);
        if let Ok(recorded) = decode(&bytes) {
            prop_assert_eq!(encode_recorded(&recorded), bytes);
        }
    }
}
