//! Scenarios run, and say which line did not do what it should.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use super::support::{NOBODY, World, texts};

fn scenarios() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

#[test]
fn every_scenario_of_the_project_does_what_it_expects() {
    for entry in std::fs::read_dir(scenarios()).unwrap() {
        let file = entry.unwrap().path();
        let world = World::new();
        let printed = world.text(["--json", "run", file.to_str().unwrap()]);
        let lines = std::fs::read_to_string(&file).unwrap();
        let steps = lines.lines().filter(|line| !line.trim().is_empty()).count();
        assert_eq!(printed.lines().count(), steps, "{}", file.display());
        assert!(printed.lines().all(|line| serde_json::from_str::<Value>(line).unwrap().is_object()));
        assert_eq!(world.json(["check"])["ok"], true, "{}", file.display());
        assert!(World::new().text(["run", file.to_str().unwrap()]).starts_with("line 1\naddress    0x"));
    }
}

const COUNTER: &str = concat!(
    r#"{"wat": "(module (import \"storage\" \"memory\" (memory 1)) (func (export \"set\") (param i32) "#,
    r#"(i32.store (i32.const 0) (local.get 0))))", "as": "c"}"#
);

#[test]
fn a_scenario_comes_from_standard_input_too() {
    let world = World::new();
    let mut child = world.command(["run", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = format!("{COUNTER}\n\n{}\n", r#"{"call": "$c", "function": "set", "args": [7]}"#);
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let (printed, _) = texts(&output);
    assert!(printed.contains("line 3\nstatus     returned\n"), "{printed}");
}

#[test]
fn the_first_line_that_fails_ends_the_run_and_is_named_and_what_was_committed_stays() {
    let world = World::new();
    let set = |value: &str| format!(r#"{{"call": "$c", "function": "set", "args": [7], "expect": {value}}}"#);
    for (line, says) in [
        (set(r#"{"status": "halted"}"#), r#"status should be "halted", but is "returned""#),
        (set(r#"{"contracts": [{"version": 5}]}"#), "contracts[0].version should be 5, but is 1"),
        (set(r#"{"contracts": [{"address": "$d"}]}"#), "$d; the names so far: $c"),
        (r#"{"call": "$d", "function": "set"}"#.to_owned(), "$d; the names so far: $c"),
        (
            r#"{"call": "$c", "function": "set"}"#.to_owned(),
            "set (i32) -> (): the number of arguments must be 1, but is 0",
        ),
        (r#"{"call": "$c", "function": "get"}"#.to_owned(), "exports no function \"get\""),
        (r#"{"call": "$c", "function": "set", "args": [1], "gass": 1}"#.to_owned(), "unknown field `gass`"),
        (r#"{"call": "$c", "function": "set", "args": [1], "pager": "hard"}"#.to_owned(), "`pager`: "),
        (r#"{"call": "$c", "function": "set", "args": [1], "input": "0x1"}"#.to_owned(), "`input`: "),
        (r#"{"call": "0x12", "function": "set"}"#.to_owned(), "`call`: \"0x12\" is not 20 bytes of hex"),
        (r#"{"deploy": "not-there.wat"}"#.to_owned(), "not-there.wat"),
        (r#"{"wat": "(module (func $f) (start $f))"}"#.to_owned(), "start"),
        (r#"{"wat": "(module)", "as": "c"}"#.to_owned(), "$c already names 0x"),
        (r#"{"wat": "(module)", "deploy": "c.wat"}"#.to_owned(), "only one of"),
        (r#"{"block": [{"call": "$c"}]}"#.to_owned(), "missing field `function`"),
        (r#"{"block": [{"call": "$d", "function": "get"}]}"#.to_owned(), "call 1 of the block: no line before"),
        ("{}".to_owned(), "the line must have one of the fields"),
        ("call".to_owned(), "at column 1"),
    ] {
        let world_of_line = World::new();
        let file = world_of_line.file("bad.jsonl", format!("{COUNTER}\n\n{line}\n{COUNTER}\n"));
        let output = world_of_line.output(["--json", "run", file.to_str().unwrap()]);
        let (printed, said) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{line}: {said}");
        assert!(said.contains(&format!("{}:3: ", file.display())) && said.contains(says), "{line}: {said}");
        assert!((1..=2).contains(&printed.lines().count()), "{printed}");
        assert_eq!(world_of_line.json(["check"])["contracts"], 1);
    }
    assert!(world.refusal(1, ["run", "not-there.jsonl"]).contains("not-there.jsonl"));
    assert!(!world.state().exists());
}

#[test]
fn a_line_that_is_not_text_is_named() {
    let world = World::new();
    let file = world.file("bad.jsonl", b"\n\xff\n");
    let said = world.refusal(1, ["run", file.to_str().unwrap()]);
    assert!(said.contains("bad.jsonl:2: "), "{said}");
}

#[test]
fn names_stand_for_addresses_wherever_there_is_one() {
    let world = World::new();
    let lines = [
        COUNTER,
        r#"{"fund": "$c", "amount": 5, "expect": {"address": "$c", "balance": 5}}"#,
        r#"{"call": "$c", "function": "set", "args": ["0xff"], "sender": "$c", "value": 5, "dry_run": true, "expect": {"commit": null, "contracts": [{"address": "$c"}]}}"#,
        r#"{"wat": "(module)", "author": "$c", "expect": {"state": "0x0000000000000000000000000000000000000000000000000000000000000000"}}"#,
    ];
    let file = world.file("names.jsonl", lines.join("\n"));
    world.text(["run", file.to_str().unwrap()]);
    let file = world.file("hex.jsonl", format!(r#"{{"fund": "{NOBODY}", "amount": 1}}"#));
    world.text(["run", file.to_str().unwrap()]);
    assert_eq!(world.json(["account", NOBODY])["balance"], "1");
}
