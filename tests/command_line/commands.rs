//! Each subcommand does what it says, for a program and for a person.

use std::fs;

use serde_json::{Value, json};
use vellum::lab::measure::Event;

use super::support::{NOBODY, World, ZERO_STATE, contract, keys};

/// A decimal string.
#[track_caller]
fn number(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn a_deployed_contract_counts_over_calls_in_processes_of_their_own() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    assert_eq!(world.json(["call", &address, "add", "5"])["results"], json!(["5"]));
    assert_eq!(world.json(["call", &address, "add", "-7"])["results"], json!(["-2"]));
    assert_eq!(world.json(["call", &address, "get"])["results"], json!(["-2"]));
    assert_eq!(world.json(["read", &address, "0", "8"])["data"], "0xfeffffffffffffff");
}

#[test]
fn deploy_says_where_the_contract_is_and_what_it_may_use() {
    let world = World::new();
    let file = contract("counter.wat").display().to_string();
    let first = world.json(["deploy", &file]);
    assert_eq!(keys(&first), ["address", "code_hash", "state", "max_pages"]);
    assert_eq!((&first["state"], &first["max_pages"]), (&json!(ZERO_STATE), &json!(65_536)));
    let second = world.json(["deploy", &file, "--nonce", "1", "--balance", "9", "--max-pages", "0x20"]);
    assert_eq!((&second["code_hash"], &second["max_pages"]), (&first["code_hash"], &json!(32)));
    let account = world.json(["account", second["address"].as_str().unwrap()]);
    assert_eq!((&account["balance"], &account["max_pages"]), (&json!("9"), &json!(32)));
    let third = world.json(["deploy", &file, "--author", &NOBODY[2..]]);
    let mut addresses = [&first, &second, &third].map(|deployed| deployed["address"].as_str().unwrap());
    addresses.sort();
    assert!(addresses[0] < addresses[1] && addresses[1] < addresses[2], "{addresses:?}");
    assert!(world.text(["deploy", &file, "--nonce", "2"]).contains("address    0x"));
}

#[test]
fn the_same_contract_has_the_same_address_and_the_same_states_in_every_store() {
    let run = || {
        let world = World::new();
        let address = world.deploy("counter.wat");
        (world.json(["call", &address, "add", "1"]), world.json(["account", &address]))
    };
    assert_eq!(run(), run());
}

#[test]
fn a_receipt_has_all_its_fields() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    let receipt = world.json(["call", &address, "add", "1"]);
    let fields = ["status", "commit", "halt", "results", "output", "gas_used", "contracts", "events", "logs"];
    assert_eq!(keys(&receipt), fields);
    assert_eq!(receipt["status"], "returned");
    assert_eq!(receipt["commit"], 1);
    assert_eq!(receipt["halt"], Value::Null);
    assert_eq!(receipt["output"], "0x");
    assert_eq!((&receipt["events"], &receipt["logs"]), (&json!([]), &json!([])));
    assert!(number(&receipt["gas_used"]) > 0);
    let touched = &receipt["contracts"][0];
    assert_eq!(keys(touched), ["address", "state_before", "state_after", "version", "pages_changed"]);
    assert_eq!(touched["pages_changed"], 1);
    assert_eq!((&touched["address"], &touched["version"]), (&json!(address), &json!(1)));
    assert_eq!(touched["state_before"], ZERO_STATE);
    assert_eq!(touched["state_after"], world.json(["account", &address])["state"]);
    let text = world.text(["call", &address, "get"]);
    assert!(text.contains("status     returned\ncommit     2\nresult     1\n"), "{text}");
}

#[test]
fn a_dry_run_commits_nothing() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    let before = world.stored();
    let dry = world.json(["call", &address, "add", "3", "--dry-run"]);
    assert_eq!((&dry["commit"], &dry["results"]), (&Value::Null, &json!(["3"])));
    assert_eq!(world.stored(), before);
    let mut wet = world.json(["call", &address, "add", "3"]);
    assert_eq!(wet["commit"].take(), 1);
    assert_eq!(wet, dry);
}

#[test]
fn arguments_take_their_type_from_the_export() {
    let world = World::new();
    let address = world.deploy("outcomes.wat");
    for (given, results) in [
        (["-1", "-1"], json!([-1, "-1"])),
        (["4294967295", "18446744073709551615"], json!([-1, "-1"])),
        (["2147483647", "9223372036854775807"], json!([i32::MAX, "9223372036854775807"])),
        (["-2147483648", "-9223372036854775808"], json!([i32::MIN, "-9223372036854775808"])),
        (["0x80000000", "0xff"], json!([i32::MIN, "255"])),
    ] {
        assert_eq!(world.json(["call", &address, "types", given[0], given[1], "--dry-run"])["results"], results);
        let after_dashes = ["call", &address, "types", "--dry-run", "--", given[0], given[1]];
        assert_eq!(world.json(after_dashes)["results"], results);
    }
    assert_eq!(world.json(["call", &address, "types", "--", "-0x1", "-0x10"])["results"], json!([-1, "-16"]));
}

#[test]
fn input_sender_block_and_time_reach_the_contract() {
    let world = World::new();
    let address = world.deploy("outcomes.wat");
    assert_eq!(world.json(["call", &address, "echo", "--input", "0x00ff"])["output"], "0x00ff");
    assert_eq!(world.json(["call", &address, "echo", "--input", "ABcd"])["output"], "0xabcd");
    assert_eq!(world.json(["call", &address, "caller", "--sender", NOBODY])["output"], NOBODY);
    let context = world.json(["call", &address, "context", "--block", "7", "--timestamp", "18446744073709551615"]);
    assert_eq!(context["results"], json!(["0", "7", "-1"]));
    assert_eq!(world.json(["call", &address, "log"])["logs"], json!(["hello, page"]));
}

#[test]
fn money_moves_from_the_sender_to_the_contract_and_comes_from_fund_alone() {
    let world = World::new();
    let address = world.deploy("outcomes.wat");
    assert_eq!(world.json(["fund", NOBODY, "100"])["balance"], "100");
    assert_eq!(world.text(["fund", NOBODY, "1"]), "balance    101\n");
    let receipt = world.json(["call", &address, "context", "--sender", NOBODY, "--value", "40"]);
    assert_eq!(receipt["results"][0], "40");
    let sender = world.json(["account", NOBODY]);
    assert_eq!((&sender["balance"], &sender["nonce"]), (&json!("61"), &json!("1")));
    assert_eq!((&sender["code_hash"], &sender["exports"]), (&Value::Null, &json!([])));
    assert_eq!(world.json(["account", &address])["balance"], "40");
    let said = world.refusal(1, ["call", &address, "nothing", "--sender", NOBODY, "--value", "62"]);
    assert!(said.contains("balance of 61"), "{said}");
    // A call that is undone gives the money back.
    world.json(["call", &address, "revert", "--sender", NOBODY, "--value", "61"]);
    assert_eq!(world.json(["account", NOBODY]), sender);
    let said = world.refusal(1, ["fund", NOBODY, "18446744073709551615"]);
    assert!(said.contains("2^64 - 1"), "{said}");
}

#[test]
fn a_reverted_call_is_a_result_and_leaves_nothing() {
    let world = World::new();
    let address = world.deploy("outcomes.wat");
    let before = world.stored();
    let receipt = world.json(["call", &address, "revert"]);
    assert_eq!((&receipt["status"], &receipt["commit"]), (&json!("reverted"), &Value::Null));
    assert_eq!(receipt["output"], format!("0x{}", "68656c6c6f"));
    assert!(number(&receipt["gas_used"]) < 300_000);
    assert_eq!(world.stored(), before);
}

#[test]
fn account_shows_a_contract() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    world.json(["call", &address, "add", "1"]);
    let account = world.json(["account", &address]);
    for (field, value) in [("balance", json!("0")), ("nonce", json!("0")), ("version", json!(1)), ("pages", json!(1))] {
        assert_eq!(account[field], value, "{field}");
    }
    let exports = json!([
        { "name": "add", "params": ["i64"], "results": ["i64"] },
        { "name": "get", "params": [], "results": ["i64"] },
    ]);
    assert_eq!(account["exports"], exports);
    let text = world.text(["account", &address]);
    assert!(text.contains("pages      1 stored, at most 65536\n"), "{text}");
    assert!(text.contains("export     add (i64) -> (i64)\n"), "{text}");
}

#[test]
fn read_and_page_show_the_same_bytes() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    world.json(["call", &address, "add", "0x0102030405060708"]);
    let page = world.json(["page", &address, "0"]);
    assert_eq!(page["data"], format!("0x0807060504030201{}", "00".repeat(4_088)));
    assert_eq!(world.json(["page", &address, "1"])["hash"], ZERO_STATE);
    assert_ne!(page["hash"], ZERO_STATE);
    assert_eq!(world.json(["read", &address, "0", "4096"])["data"], page["data"]);
    assert_eq!(world.json(["read", &address, "6", "4"])["data"], "0x02010000");
    assert_eq!(world.json(["read", &address, "268435456", "0"])["data"], "0x");
    let dump = "00000000  08 07 06 05 04 03 02 01                           |........|\n";
    assert_eq!(world.text(["read", &address, "0", "8"]), dump);
    let file = world.path("page");
    let printed = world.text(["page", &address, "0", "--out", file.to_str().unwrap()]);
    assert_eq!(printed, format!("hash {}\n", page["hash"].as_str().unwrap()));
    assert_eq!(const_hex::encode_prefixed(fs::read(file).unwrap()), page["data"]);
}

#[test]
fn check_finds_nothing_wrong_with_a_sound_store() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    world.json(["call", &address, "add", "1"]);
    assert_eq!(
        world.json(["check"]),
        json!({ "ok": true, "contracts": 1, "pages": 1, "problems": [], "sound": 1, "unsound": [] })
    );
    assert!(world.text(["check"]).contains("no problems"));
}

#[test]
fn doctor_knows_every_pager_and_counter_without_a_store() {
    let world = World::new();
    let doctor = world.json(["doctor"]);
    let pagers = doctor["pagers"].as_array().unwrap();
    let names: Vec<_> = pagers.iter().map(|pager| pager["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["eager", "soft", "resident", "sigsegv", "uffd"]);
    let events = doctor["events"].as_array().unwrap();
    let names: Vec<_> = events.iter().map(|event| event["name"].as_str().unwrap()).collect();
    assert_eq!(names, Event::ALL.map(Event::name));
    for pager in pagers.iter().chain(events) {
        let why = [&pager["reason"], &pager["enable"]];
        match pager["available"].as_bool().unwrap() {
            true => assert!(why.iter().all(|why| why.is_null()), "{pager}"),
            false => assert!(why.iter().all(|why| why.as_str().is_some_and(|why| !why.contains('\n'))), "{pager}"),
        }
    }
    assert!(pagers[..3].iter().all(|pager| pager["available"] == json!(true)));
    assert_eq!(doctor["version"], env!("CARGO_PKG_VERSION"));
    assert!(world.text(["doctor"]).contains("pager      soft: works here\n"));
    let limits = doctor["limits"].as_array().unwrap();
    let names: Vec<_> = limits.iter().map(|limit| limit["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["address space", "file descriptors", "file length"]);
    assert!(limits.iter().all(|limit| limit["limit"].is_null() || limit["limit"].is_u64()), "{doctor}");
    assert!(!world.state().exists());
}

#[test]
fn help_names_every_subcommand_and_the_exit_statuses() {
    let world = World::new();
    let help = world.text(["--help"]);
    let commands =
        "deploy call run fund account read page prove verify-proof check doctor fuzz replay bench report".split(' ');
    for word in commands {
        assert!(help.contains(&format!("\n  {word} ")), "{word}");
    }
    assert!(help.contains("Exit status:\n  0  success"));
    assert!(world.text(["run", "--help"]).contains(r#"{"deploy": "bank.wat", "as": "bank""#));
}
