//! Failures as a program gets them, and exit statuses.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use vellum::failure::FailureKind;

use super::support::{NOBODY, World, ZERO_STATE, contract, texts};

/// Runs a command with `--json` that fails, and gives the documents that it prints. Standard error says it too.
#[track_caller]
fn failing(world: &World, status: i32, arguments: &[&str]) -> Vec<Value> {
    let (printed, said) = texts(&{
        let output = world.output([&["--json"], arguments].concat());
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {output:?}");
        output
    });
    assert!(said.starts_with("error: "), "{arguments:?}: {said}");
    let documents: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let error = &documents.last().unwrap()["error"];
    let message = error["message"].as_str().unwrap();
    assert!(said.contains(message.lines().next().unwrap()), "{message:?} is not in {said}");
    documents
}

#[track_caller]
fn kind(world: &World, status: i32, arguments: &[&str]) -> String {
    let documents = failing(world, status, arguments);
    assert_eq!((documents.len(), documents[0].as_object().unwrap().len()), (1, 1), "{documents:?}");
    documents[0]["error"]["kind"].as_str().unwrap().to_owned()
}

#[test]
fn a_failure_is_one_document_whose_kind_says_what_it_is_about() {
    let world = World::new();
    assert_eq!(kind(&world, 1, &["account", NOBODY]), "store");
    let address = world.deploy("outcomes.wat");
    let broken = world.file("broken.wat", "(module (func (result i32)))").display().to_string();
    let scenario = world.file("bad.jsonl", r#"{"fund": "$nobody", "amount": 1}"#).display().to_string();
    for (status, arguments, name) in [
        (2, vec!["call", "0x12", "f"], "usage"),
        (2, vec!["call", &address], "usage"),
        (2, vec!["no-such-command"], "usage"),
        (2, vec![], "usage"),
        (2, vec!["read", &address, "-1", "1"], "usage"),
        (1, vec!["call", &address, "types", "1"], "input"),
        (1, vec!["call", &address, "no_such_export"], "input"),
        (1, vec!["account", NOBODY], "input"),
        (1, vec!["receipt", "99"], "input"),
        (1, vec!["read", &address, "0", "8", "--at", "7"], "input"),
        (1, vec!["deploy", "not-there.wat"], "input"),
        (1, vec!["run", &scenario], "input"),
        (1, vec!["deploy", &broken], "contract"),
        (1, vec!["prove", &address, "0", "--out", "/dev/full"], "full"),
    ] {
        assert_eq!(kind(&world, status, &arguments), name, "{arguments:?}");
    }
    fs::write(world.state().join("data.mdb"), "something else").unwrap();
    assert_eq!(kind(&world, 1, &["account", NOBODY]), "store");
}

#[test]
fn what_a_wrong_command_line_is_told_is_short_in_json_and_has_the_usage_on_standard_error() {
    let world = World::new();
    let documents = failing(&world, 2, &["call", "0x12", "f"]);
    let message = documents[0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("0x12") && !message.contains("Usage") && !message.contains("--help"), "{message}");
    // It is only asked for before what stands for itself.
    let output = world.output(["call", NOBODY, "f", "x", "--", "--json"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let help = world.text(["--json", "--help"]);
    assert!(help.contains("Usage: vellum"), "{help}");
}

#[test]
fn damage_and_a_store_that_has_problems_are_of_the_kind_damaged() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    world.json(["call", &address, "add", "0x1122334455667788"]);
    let mut bytes = world.stored();
    let counter = 0x1122334455667788_u64.to_le_bytes();
    for at in 0..bytes.len() - 8 {
        if bytes[at..].starts_with(&counter) {
            bytes[at] ^= 1;
        }
    }
    fs::write(world.state().join("data.mdb"), bytes).unwrap();
    assert_eq!(kind(&world, 1, &["read", &address, "0", "8"]), "damaged");
    // The check has a document of its own, and one is enough.
    let documents = failing(&world, 1, &["check"]);
    assert_eq!((documents.len(), &documents[0]["ok"], &documents[0]["contracts"]), (1, &json!(false), &json!(1)));
    assert_eq!(documents[0]["error"]["kind"], "damaged");
}

#[test]
fn a_command_with_a_document_of_its_own_has_the_failure_in_it() {
    let world = World::new();
    let proof = world.file("proof", "no proof").display().to_string();
    let documents = failing(&world, 1, &["verify-proof", &proof, "--root", ZERO_STATE]);
    assert_eq!((documents.len(), &documents[0]["valid"]), (1, &json!(false)));
    assert_eq!(documents[0]["error"]["kind"], "input");

    let bank = contract("reentrancy/bank.wat").display().to_string();
    let documents = failing(&world, 1, &["fuzz", &bank, "--invariant", "solvent", "--seed", "3", "--time", "2m"]);
    assert_eq!((documents.len(), documents[0]["found"]["what"].as_str()), (1, Some("bank.solvent gives 0")));
    assert_eq!(documents[0]["error"]["kind"], "contract");
}

/// Lines that deploy contracts and call one.
fn scenario(world: &World, lines: &[&str]) -> String {
    let outcomes = contract("outcomes.wat").display().to_string();
    let deploy = json!({ "deploy": outcomes, "as": "o" }).to_string();
    world.file("s.jsonl", [&[&*deploy], lines].concat().join("\n")).display().to_string()
}

#[test]
fn the_line_of_a_run_that_does_not_do_what_it_should_has_the_failure_in_its_document() {
    let world = World::new();
    let trap = r#"{"call": "$o", "function": "trap", "expect": {"status": "returned"}}"#;
    let nothing = r#"{"call": "$o", "function": "nothing"}"#;
    let file = scenario(&world, &[trap, nothing]);
    for documents in [failing(&world, 1, &["run", &file]), failing(&world, 1, &["replay", &file])] {
        assert_eq!((documents.len(), &documents[1]["status"]), (2, &json!("halted")));
        assert_eq!(documents[1]["error"]["kind"], "input");
        assert!(
            documents[1]["error"]["message"].as_str().unwrap().contains("s.jsonl:2: status should be \"returned\"")
        );
        fs::remove_dir_all(world.state()).unwrap();
        world.deploy("counter.wat");
    }
    // A line that cannot be run has no document but that.
    let file = scenario(&world, &[r#"{"call": "$nobody", "function": "f"}"#]);
    let documents = failing(&world, 1, &["run", &file]);
    assert_eq!((documents.len(), documents[1].as_object().unwrap().len()), (2, 1));
}

#[test]
fn with_fail_a_contract_that_reverts_or_halts_is_exit_status_3_and_its_receipt_is_printed() {
    let world = World::new();
    let address = world.deploy("outcomes.wat");
    for (function, status) in [("revert", "reverted"), ("trap", "halted")] {
        for more in [&[][..], &["--dry-run"], &["--trace"]] {
            let call = [&["--json", "call", &address, function][..], more].concat();
            assert_eq!(world.output(&call).status.code(), Some(0));
            let output = world.output([&call[..], &["--fail"]].concat());
            let (printed, said) = texts(&output);
            assert_eq!(output.status.code(), Some(3), "{said}");
            let receipt: Value = serde_json::from_str(&printed).unwrap();
            assert_eq!((&receipt["status"], receipt.get("error")), (&json!(status), None));
            assert!(said.starts_with(&format!("error: the call {status}")), "{said}");
        }
    }
    world.text(["call", &address, "nothing", "--fail"]);
}

#[test]
fn with_fail_a_run_ends_at_a_call_that_does_not_return_unless_its_line_expects_a_status() {
    let nothing = r#"{"call": "$o", "function": "nothing"}"#;
    let expected = r#"{"call": "$o", "function": "trap", "expect": {"status": "halted"}}"#;
    let trap = r#"{"call": "$o", "function": "trap", "expect": {"commit": null}}"#;
    let block = r#"{"block": [{"call": "$o", "function": "nothing"}, {"call": "$o", "function": "revert"}]}"#;
    for command in ["run", "replay"] {
        for failing_line in [trap, block] {
            let world = World::new();
            let file = scenario(&world, &[expected, failing_line, nothing]);
            assert_eq!(world.text(["--json", command, &file]).lines().count(), 4);
            let world = World::new();
            let documents = failing(&world, 3, &[command, &file, "--fail"]);
            assert_eq!((documents.len(), &documents[2]["error"]["kind"]), (3, &json!("contract")));
            assert!(
                documents[2]["error"]["message"].as_str().unwrap().contains("s.jsonl:3: the call "),
                "{documents:?}"
            );
        }
    }
}

#[test]
fn the_kinds_are_in_the_help_and_in_the_design() {
    let help = World::new().text(["--help"]);
    // The meanings are wrapped.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let help = words(&help) + " ";
    let design = Path::new(env!("CARGO_MANIFEST_DIR")).join("design/command-line.md");
    let design = fs::read_to_string(design).unwrap();
    for kind in FailureKind::ALL {
        let (name, meaning) = (kind.name(), kind.meaning());
        assert!(help.contains(&format!(" {name} {meaning} ")), "{name}: {help}");
        assert!(design.contains(&format!("\n| `{name}` | {meaning} |\n")), "{name}: {meaning}");
    }
    let listed = design.split_once("| kind |").unwrap().1.lines().skip(2).take_while(|line| line.starts_with('|'));
    assert_eq!(listed.count(), FailureKind::ALL.len());
}
