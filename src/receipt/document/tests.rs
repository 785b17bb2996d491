use serde_json::{Value as Json, from_value, json, to_value};

use crate::failure::FailureKind;
use crate::limits::DEFAULT_GAS;
use crate::paging::PagerKind;
use crate::receipt::{
    Block, Call, ContractState, Event, Halt, HaltKind, Receipt, Recorded, RecordedEvent, Status, TouchedContract, Value,
};
use crate::units::{Address, CommitNumber, Gas, PageIndex, StateRoot, Version, WorldRoot};

fn receipt() -> Receipt {
    Receipt {
        status: Status::Returned,
        commit: Some(CommitNumber(7)),
        results: vec![Value::I32(-1), Value::I64(i64::MIN)],
        output: vec![0, 255],
        gas_used: Gas(u64::MAX),
        contracts: vec![TouchedContract {
            address: Address([1; 20]),
            state_before: None,
            state_after: Some(StateRoot::ZERO),
            version: Version(3),
            pages_changed: 1,
        }],
        events: vec![Event {
            contract: Address([2; 20]),
            topics: vec![[3; 32]],
            data: vec![9],
            expires_after: u64::MAX,
        }],
        logs: vec!["a\nb".to_owned()],
    }
}

#[test]
fn a_receipt_serializes_to_the_published_document_and_is_read_back() {
    let document = json!({
        "status": "returned",
        "commit": 7,
        "halt": null,
        "results": [-1, "-9223372036854775808"],
        "output": "0x00ff",
        "gas_used": "18446744073709551615",
        "contracts": [{
            "address": format!("0x{}", "01".repeat(20)),
            "state_before": null,
            "state_after": format!("0x{}", "00".repeat(32)),
            "version": 3,
            "pages_changed": 1,
        }],
        "events": [{
            "contract": format!("0x{}", "02".repeat(20)),
            "topics": [format!("0x{}", "03".repeat(32))],
            "data": "0x09",
            "expires_after": "18446744073709551615",
        }],
        "logs": ["a\nb"],
    });
    let written = to_value(receipt()).unwrap();
    assert_eq!(written, document);
    assert_eq!(from_value::<Receipt>(written).unwrap(), receipt());
}

#[test]
fn a_halt_has_a_kind_of_the_closed_list_and_no_other_status_has_a_halt() {
    for kind in HaltKind::ALL {
        let halted = Status::Halted(Halt { kind, message: "why".to_owned() });
        let written = to_value(&halted).unwrap();
        assert_eq!(written, json!({ "status": "halted", "halt": { "kind": kind.name(), "message": "why" } }));
        assert_eq!(from_value::<Status>(written).unwrap(), halted);
    }
    for wrong in [
        json!({ "status": "halted", "halt": null }),
        json!({ "status": "returned", "halt": { "kind": "trap", "message": "" } }),
        json!({ "status": "halted", "halt": { "kind": "none", "message": "" } }),
        json!({ "status": "gone", "halt": null }),
    ] {
        assert!(from_value::<Status>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn text_is_read_as_an_i64_and_a_number_as_an_i32_if_it_fits_one() {
    for (json, value) in [
        (json!("7"), Value::I64(7)),
        (json!("-9223372036854775808"), Value::I64(i64::MIN)),
        (json!(7), Value::I32(7)),
        (json!(-2_147_483_648_i64), Value::I32(i32::MIN)),
        (json!(2_147_483_648_i64), Value::I64(2_147_483_648)),
    ] {
        assert_eq!(from_value::<Value>(json).unwrap(), value);
    }
    for wrong in [json!("+7"), json!(""), json!("0x7"), json!(1.5), json!(u64::MAX), json!(null)] {
        assert!(from_value::<Value>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn a_call_needs_a_contract_and_a_function_and_integers_may_be_numbers_or_text() {
    let contract = Address([1; 20]);
    let short = json!({ "contract": contract, "function": "f" });
    assert_eq!(from_value::<Call>(short).unwrap(), Call::new(contract, "f"));
    let call = Call::new(contract, "f")
        .args([Value::I32(1), Value::I64(-2)])
        .input([255])
        .sender(Address([2; 20]))
        .nonce(3)
        .value(4)
        .gas(Gas(5))
        .pager(PagerKind::Eager)
        .block_number(6)
        .timestamp(u64::MAX);
    let document = json!({
        "contract": contract,
        "function": "f",
        "args": [1, "-2"],
        "input": "0xff",
        "sender": Address([2; 20]),
        "nonce": "3",
        "value": "4",
        "gas": "5",
        "pager": "eager",
        "block": "6",
        "timestamp": "18446744073709551615",
    });
    assert_eq!(to_value(&call).unwrap(), document);
    assert_eq!(from_value::<Call>(document.clone()).unwrap(), call);
    let mut numbers = document;
    for (field, number) in [("nonce", 3), ("value", 4), ("gas", 5), ("block", 6)] {
        numbers[field] = number.into();
    }
    numbers["input"] = "FF".into();
    assert_eq!(from_value::<Call>(numbers).unwrap(), call);
    assert_eq!(to_value(Call::new(contract, "f")).unwrap()["gas"], DEFAULT_GAS.0.to_string());
}

#[test]
fn a_call_with_an_unknown_field_or_a_wrong_type_is_refused_and_the_error_names_it() {
    let with = |field: &str, value: Json| {
        let mut call = json!({ "contract": Address::ZERO, "function": "f" });
        call[field] = value;
        from_value::<Call>(call).unwrap_err().to_string()
    };
    for (field, value, says) in [
        ("gass", json!(1), "unknown field `gass`"),
        ("value", json!(-1), "an integer (u64), as a number or as decimal text"),
        ("value", json!("18446744073709551616"), "18446744073709551616"),
        ("contract", json!("0x12"), "is not 20 bytes of hex"),
        ("input", json!("0x1"), "bytes of hex"),
        ("pager", json!("hard"), "hard"),
    ] {
        let error = with(field, value);
        assert!(error.contains(says), "{field}: {error}");
    }
}

#[test]
fn a_block_and_its_events_are_read_back_from_their_json() {
    let inside = Receipt { commit: None, status: Status::Reverted, ..receipt() };
    let state = ContractState { address: Address([1; 20]), version: Version(2), state: StateRoot([4; 32]) };
    let (commit, world_root) = (CommitNumber(8), WorldRoot([5; 32]));
    let block =
        Block { number: 1 << 60, timestamp: 60, commit, world_root, states: vec![state], receipts: vec![inside] };
    let written = to_value(Recorded::Block(block.clone())).unwrap();
    assert_eq!(written, to_value(&block).unwrap());
    assert_eq!((&written["block"], &written["timestamp"]), (&json!("1152921504606846976"), &json!("60")));
    assert_eq!(written["states"], json!([{ "address": state.address, "version": 2, "state": state.state }]));
    assert_eq!(from_value::<Recorded>(written).unwrap(), Recorded::Block(block));
    let call = Recorded::Call(receipt());
    assert_eq!(from_value::<Recorded>(to_value(&call).unwrap()).unwrap(), call);
    assert!(from_value::<Recorded>(json!({})).unwrap_err().to_string().contains("neither the receipt"));

    let event = RecordedEvent { event: receipt().events.remove(0), commit, block: 9 };
    let written = to_value(&event).unwrap();
    assert_eq!((&written["commit"], &written["block"], &written["data"]), (&json!(8), &json!("9"), &json!("0x09")));
    assert_eq!(from_value::<RecordedEvent>(written).unwrap(), event);
}

#[test]
fn units_except_gas_are_written_as_numbers_and_read_from_numbers_or_text() {
    assert_eq!(to_value((PageIndex(1), Version(2), Gas(3))).unwrap(), json!([1, 2, "3"]));
    type Units = (PageIndex, Version, Gas);
    for written in [json!([1, 2, 3]), json!(["1", "2", "3"])] {
        assert_eq!(from_value::<Units>(written).unwrap(), (PageIndex(1), Version(2), Gas(3)));
    }
    assert!(from_value::<PageIndex>(json!(1_u64 << 32)).is_err());
}

#[test]
fn kinds_of_failure_are_written_by_name() {
    for kind in FailureKind::ALL {
        assert_eq!(to_value(kind).unwrap(), kind.name());
        assert!(kind.meaning().starts_with(char::is_alphabetic), "{kind:?}");
    }
}
