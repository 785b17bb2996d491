//! The past on the command line: versions, diffs, blocks, events.

use std::fs;

use serde_json::{Value, json};

use super::support::{World, ZERO_STATE, contract};

/// A counter that went to 5, 3 and 10.
fn counted() -> (World, String) {
    let world = World::new();
    let address = world.deploy("counter.wat");
    for amount in ["5", "-2", "7"] {
        world.json(["call", &address, "add", amount]);
    }
    (world, address)
}

#[test]
fn a_version_is_read_and_run_on_and_nothing_is_committed() {
    let (world, address) = counted();
    for (version, value) in [("0", 0_i64), ("1", 5), ("2", 3), ("3", 10)] {
        let data = world.json(["read", &address, "0", "8", "--at", version])["data"].clone();
        assert_eq!(data, format!("0x{}", const_hex::encode(value.to_le_bytes())));
        let page = world.json(["page", &address, "0", "--at", version]);
        assert!(page["data"].as_str().unwrap().starts_with(data.as_str().unwrap()));
        let receipt = world.json(["call", &address, "add", "1", "--at", version]);
        assert_eq!((&receipt["results"], &receipt["commit"]), (&json!([(value + 1).to_string()]), &Value::Null));
    }
    assert_eq!(world.json(["account", &address])["version"], 3);
    let refused = world.refusal(1, ["read", &address, "0", "8", "--at", "4"]);
    assert!(refused.contains("has no version 4; its newest is 3"), "{refused}");
    assert!(world.refusal(2, ["read", &address, "0", "8", "--at=-1"]).contains("is not an integer from 0 to "));
}

#[test]
fn versions_are_listed_compared_brought_back_and_pruned() {
    let (world, address) = counted();
    let versions = world.json(["history", &address])["versions"].clone();
    let numbers: Vec<_> = versions.as_array().unwrap().iter().map(|entry| &entry["version"]).collect();
    assert_eq!(numbers, [0, 1, 2, 3]);
    assert_eq!((&versions[0]["state"], &versions[0]["commit"]), (&json!(ZERO_STATE), &Value::Null));
    assert_eq!((&versions[2]["commit"], &versions[2]["pages_changed"]), (&json!(2), &json!(1)));

    let diff = world.json(["diff", &address, "1", "3"]);
    assert_eq!(diff["pages"], json!([{ "index": 0, "runs": [{ "offset": 0, "old": "0x05", "new": "0x0a" }] }]));
    assert_eq!(world.text(["diff", &address, "3", "1"]), "page 0\n  00000000  0x0a -> 0x05\n");
    assert_eq!(world.text(["diff", &address, "2", "2"]), "no difference\n");

    let rolled = world.json(["rollback", &address, "1"]);
    assert_eq!(
        (&rolled["version"], &rolled["state"], &rolled["commit"]),
        (&json!(4), &versions[1]["state"], &json!(4))
    );
    assert_eq!(world.json(["call", &address, "get"])["results"], json!(["5"]));
    assert_eq!(world.json(["receipt", "4"])["contracts"][0]["version"], 4);
    assert_eq!(world.json(["rollback", &address, "4"])["commit"], Value::Null);

    let pruned = world.json(["prune", &address, "--before", "3"]);
    assert_eq!((&pruned["version"], &pruned["state"]), (&json!(3), &versions[3]["state"]));
    assert_eq!(world.json(["history", &address])["versions"].as_array().unwrap().len(), 2);
    let refused = world.refusal(1, ["rollback", &address, "2"]);
    assert!(refused.contains("before version 3 was pruned"), "{refused}");
    assert_eq!(world.json(["check"])["ok"], true);
}

#[test]
fn a_contract_goes_to_another_store_by_its_diffs() {
    let (world, address) = counted();
    let other = World::new();
    let file = |name: &str| world.path(name).display().to_string();
    let (first, rest) = (file("first"), file("rest"));
    let exported = world.json(["export-diffs", &address, "--out", &first]);
    assert_eq!((&exported["from"], &exported["to"]), (&json!(0), &json!(3)));
    let golden = contract("../diffs/counter.diffs");
    assert_eq!(fs::read(&first).unwrap(), fs::read(&golden).unwrap(), "the form of the file has changed");
    let applied = other.json(["apply-diffs", &golden.display().to_string()]);
    assert_eq!((&applied["to"], &applied["state"]), (&json!(3), &exported["state"]));
    assert_eq!(other.json(["history", &address]), {
        let mut history = world.json(["history", &address]);
        history["versions"][0]["commit"] = Value::Null;
        history
    });

    world.json(["call", &address, "add", "1"]);
    world.json(["export-diffs", &address, "--from", "3", "--out", &rest]);
    assert_eq!(fs::read(&rest).unwrap(), fs::read(contract("../diffs/counter_more.diffs")).unwrap());
    assert_eq!(other.json(["apply-diffs", &rest])["to"], 4);
    assert!(other.refusal(1, ["apply-diffs", &rest]).contains("starts from version 3, not from version 4"));
    let said = other.refusal(1, ["apply-diffs", &first]);
    assert!(said.contains("the store has the contract at") && said.contains("export-diffs --from "), "{said}");
    assert!(!said.contains("another nonce"), "{said}");
    let empty = World::new();
    std::fs::create_dir(empty.state()).unwrap();
    assert_eq!(empty.json(["apply-diffs", &first])["address"], json!(address));
    let mut torn = fs::read(&rest).unwrap();
    torn.pop();
    let torn = other.file("torn", torn).display().to_string();
    assert!(other.refusal(1, ["apply-diffs", &torn]).contains("is not a file of diffs"));
    assert_eq!(other.json(["call", &address, "get"])["results"], json!(["11"]));
    assert_eq!(other.json(["check"])["ok"], true);
}

#[test]
fn a_block_of_a_scenario_is_one_commit_with_a_record_of_its_own() {
    let world = World::new();
    let counter = contract("counter.wat").display().to_string();
    let lines = [
        json!({ "deploy": counter, "as": "counter" }),
        json!({ "block": [
            { "call": "$counter", "function": "add", "args": [2] },
            { "call": "$counter", "function": "add", "args": [3] },
            { "call": "$counter", "function": "get" },
        ], "number": 8, "timestamp": 60, "expect": { "block": 8, "commit": 1 } }),
        json!({ "block": [{ "call": "$counter", "function": "add", "args": [1] }], "expect": { "block": 9 } }),
    ];
    let scenario = world.file("blocks.jsonl", lines.map(|line| line.to_string()).join("\n")).display().to_string();
    world.text(["run", &scenario]);
    let block = world.json(["block", "8"]);
    assert_eq!((&block["timestamp"], &block["commit"]), (&json!("60"), &json!(1)));
    assert_eq!(block["receipts"][2]["results"], json!(["5"]));
    assert_eq!(block["receipts"][0]["contracts"][0]["state_after"], Value::Null);
    let address = block["states"][0]["address"].as_str().unwrap();
    assert_eq!(world.json(["receipt", "1"]), block);
    assert_eq!(world.json(["history", address])["versions"][1]["state"], block["states"][0]["state"]);
    assert!(world.text(["block", "9"]).starts_with("block      9\n"));
    assert!(world.refusal(1, ["block", "7"]).contains("has no block 7"));
    assert!(world.refusal(1, ["receipt", "3"]).contains("has no commit 3"));
    assert_eq!(world.json(["events"]), json!({ "events": [] }));
    let wrong = world.file("wrong.jsonl", r#"{"block": [], "number": 9}"#).display().to_string();
    assert!(world.refusal(1, ["run", &wrong]).contains("block 9 cannot follow block 9"));
    let dry =
        r#"{"block": [{"call": "0x0000000000000000000000000000000000000000", "function": "f", "dry_run": true}]}"#;
    let dry = world.file("dry.jsonl", dry).display().to_string();
    assert!(world.refusal(1, ["run", &dry]).contains("call 1 of the block"));
}
