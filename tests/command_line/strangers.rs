//! Text of strangers does nothing to a terminal.

use serde_json::json;

use super::support::World;

/// Whether a terminal shows all of it, and nothing else.
fn is_tame(text: &str) -> bool {
    let reorders = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().all(|character| character == '\n' || !character.is_control() && !reorders(character))
}

const ODD: &str = "\u{1b}[31mred\u{1b}[0m";

#[test]
fn names_logs_and_notes_of_others_are_escaped_wherever_a_person_sees_them() {
    let world = World::new();
    let address = world.deploy("odd_names.wat");
    let account = world.text(["account", &address]);
    assert!(account.contains("export     a\\nb\\r () -> (i32)\n"), "{account}");
    let note = json!({ "note": format!("{ODD}\nstatus     returned"), "call": address, "function": "log" });
    let as_name = json!({ "wat": "(module)", "as": ODD, "nonce": 5 });
    let call = json!({ "call": format!("${ODD}"), "function": "f", "expect": {} });
    let scenario = world.file("odd.jsonl", [note, as_name].map(|line| line.to_string()).join("\n"));
    let scenario = scenario.display().to_string();
    let named = world.file("named.jsonl", call.to_string()).display().to_string();
    for text in [
        account,
        world.text(["call", &address, "log"]),
        world.text(["call", &address, ODD, "--trace"]),
        world.text(["call", &address, "\u{202e}rtl\u{9b}5m", "--trace"]),
        world.text(["call", &address, "a\nb\r", "--trace"]),
        world.text(["call", &address, "revert"]),
        world.text(["run", "--trace", &scenario]),
        world.refusal(1, ["call", &address, "nosuch"]),
        world.refusal(1, ["call", &address, "no\u{1b}such"]),
        world.refusal(1, ["run", &named]),
        world.refusal(1, ["call", &address, ODD, "1"]),
    ] {
        assert!(is_tame(&text), "{text:?}");
    }
    // A line that somebody else writes is one line.
    let log = world.text(["call", &address, "log"]);
    assert_eq!(log.lines().filter(|line| line.starts_with("status ")).count(), 1, "{log}");
    let said = world.refusal(1, ["call", &address, "nosuch"]);
    assert!(said.contains("a\\nb\\r") && said.contains("\\u{1b}[31mred"), "{said}");
}

#[test]
fn a_panic_is_escaped_wherever_a_person_sees_it() {
    let world = World::new();
    let wat = r#"(module (import "vellum" "panic" (func $panic (param i32 i32)))
      (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
      (import "vellum" "self_address" (func $self (param i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "\1b[2Jgone\0astatus     returned\0d\e2\80\ae\ff") (data (i32.const 512) "halt")
      (func (export "halt") (result i32) (call $panic (i32.const 0) (i32.const 300)) (i32.const 1))
      (func (export "ask") (drop (call $self (i32.const 600)) (call $call (i32.const 600) (i32.const 512)
        (i32.const 4) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))))"#;
    let file = world.file("panics.wat", wat).display().to_string();
    let address = world.json(["deploy", &file])["address"].as_str().unwrap().to_owned();
    let line = json!({ "call": address, "function": "halt" }).to_string();
    let scenario = world.file("panics.jsonl", line).display().to_string();
    let setup = world.file("setup.jsonl", json!({ "call": "$panics", "function": "halt" }).to_string());
    let setup = setup.display().to_string();
    for text in [
        world.text(["call", &address, "halt"]),
        world.text(["call", &address, "halt", "--trace"]),
        world.text(["call", &address, "ask", "--trace"]),
        world.text(["run", "--trace", &scenario]),
        String::from_utf8(world.output(["call", "--fail", &address, "halt"]).stderr).unwrap(),
        world.refusal(1, ["fuzz", &file, "--invariant", "halt"]),
        world.refusal(1, ["fuzz", &file, "--invariant", "halt", "--setup", &setup]),
    ] {
        assert!(is_tame(&text), "{text:?}");
        let mut lines = text.lines().filter(|line| line.contains("gone")).peekable();
        assert!(lines.peek().is_some(), "{text}");
        assert!(lines.all(|line| line.contains(r"\u{1b}[2Jgone\nstatus     returned\r\u{202e}")), "{text}");
    }
    let halt = &world.json(["call", &address, "halt"])["halt"];
    let message = halt["message"].as_str().unwrap();
    assert!(message.starts_with("\u{1b}[2Jgone\n") && message.contains('\u{fffd}'), "{halt}");
    assert_eq!((message.chars().count(), &halt["kind"]), (254, &json!("trap")), "256 bytes of the contract's");
}

#[test]
fn a_search_and_a_benchmark_show_the_names_of_exports_escaped() {
    let world = World::new();
    let wat = r#"(module (memory (export "memory") 1)
      (func (export "ok\1b[2J") (result i32) (i32.const 1))
      (func (export "\1b[31mred") (result i32) (i32.const 1)))"#;
    let file = world.file("odd.wat", wat).display().to_string();
    let text = world.text(["fuzz", &file, "--invariant", "ok\u{1b}[2J", "--runs", "20", "--seed", "1"]);
    assert!(is_tame(&text) && text.contains("odd.\\u{1b}[31mred"), "{text:?}");
    for said in [
        world.refusal(1, ["fuzz", &file, "--invariant", "none"]),
        world.refusal(1, ["bench", "--tiny", "--contract", &file, "--against", &file, "--call", "none"]),
    ] {
        assert!(is_tame(&said) && said.contains("\\u{1b}[31mred"), "{said:?}");
    }
}

#[test]
fn a_log_without_end_is_cut_for_a_person_and_whole_for_a_program() {
    let world = World::new();
    let wat = r#"(module (import "vellum" "log" (func $log (param i32 i32))) (memory (export "memory") 1)
      (func (export "f") (memory.fill (i32.const 0) (i32.const 97) (i32.const 60000)) (call $log (i32.const 0) (i32.const 60000))))"#;
    let file = world.file("long.wat", wat).display().to_string();
    let address = world.json(["deploy", &file])["address"].as_str().unwrap().to_owned();
    let text = world.text(["call", &address, "f"]);
    assert!(text.contains(&format!("log        {}… (", "a".repeat(1_000))), "{text}");
    let logs = &world.json(["call", &address, "f"])["logs"];
    assert!(logs[0].as_str().unwrap().len() > 4_000, "{logs}");
}
