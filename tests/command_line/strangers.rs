//! Text of strangers does nothing to a terminal.

use serde_json::json;

use super::support::{World, ZERO_STATE};

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

/// More than the characters of any line of text for a person: 1,000 of a stranger, each escaped to ten.
const LONGEST_LINE: usize = 10_400;

/// A contract of a stranger with names as long as the format allows, in text of one line of 4 MB.
fn long_names() -> String {
    let name = format!("{}{}", r"\1b[2J", "n".repeat(90_000));
    format!(
        r#"(module (import "vellum" "log" (func $log (param i32 i32))) (memory (export "memory") 1) (func (export "{name}"))
        (func (export "ok") (result i32) (i32.const 1)) (func (export "trap") unreachable) {} (func (export "log")
        (memory.fill (i32.const 0) (i32.const 27) (i32.const 60000)) (call $log (i32.const 0) (i32.const 60000))))"#,
        "(; ;)".repeat(700_000)
    )
    .replace('\n', " ")
}

#[test]
fn no_command_prints_what_a_terminal_obeys_or_a_line_without_end() {
    let world = World::new();
    let odd = |name: &str| format!("{ODD}\n{name}");
    let long = world.file(&odd("long.wat"), long_names()).display().to_string();
    let odd_names = world.file(&odd("odd.wat"), include_str!("../contracts/odd_names.wat")).display().to_string();
    let address = world.json(["deploy", &long])["address"].as_str().unwrap().to_owned();
    let name = format!("\u{1b}[2J{}", "n".repeat(90_000));
    let note = json!({ "note": format!("{ODD}\n{}", "x".repeat(4 << 20)), "call": address, "function": "ok" });
    let twice = json!({ "wat": "(module)", "as": format!("{ODD}{}", "y".repeat(4 << 20)), "nonce": 8 });
    let broken_line = format!("{{\"call\": \"{}", "z\u{9b}".repeat(1 << 20));
    let file = |name: &str, content: String| world.file(&odd(name), content).display().to_string();
    let notes = file("notes.jsonl", format!("{note}\n{twice}\n{twice}\n"));
    let broken = file("broken.jsonl", broken_line.clone());
    let source = [
        format!("(module (func (export \"f\") {} nope))", "nop ".repeat(900_000)),
        format!("(module (func nope \u{1b}[2J {}))", "nop ".repeat(900_000)),
        format!("(module (func ${} (call $\u{9b}{})))", "a".repeat(1 << 20), "b".repeat(1 << 20)),
        format!("(module (func (export \"{0}\")) (func (export \"{0}\")))", "d\\1b".repeat(20_000)),
        format!("(module (import \"{0}\" \"{0}\" (func)))", "i\\1b".repeat(20_000)),
        "(module \"\u{1b}[2J".to_owned(),
    ];
    let sources: Vec<String> =
        source.into_iter().enumerate().map(|(at, text)| file(&format!("{at}.wat"), text)).collect();
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["account", &address],
        vec!["call", &address, &name, "--trace"],
        vec!["call", &address, &name, "1"],
        vec!["call", &address, "nosuch"],
        vec!["call", &address, "trap"],
        vec!["call", &address, "log", "--trace"],
        vec!["call", "--fail", &address, "trap"],
        vec!["call", &address, &broken_line[..100_000]],
        vec!["call", ODD, ODD],
        vec![ODD],
        vec!["run", "--trace", &notes],
        vec!["run", &broken],
        vec!["replay", &notes],
        vec!["replay", &broken],
        vec!["replay", &odd_names],
        vec!["deploy", &odd_names],
        vec!["deploy", &long, "--nonce", "1", "--author", ODD],
        vec!["apply-diffs", &odd_names],
        vec!["verify-proof", &odd_names, "--root", ZERO_STATE],
        vec!["receipt", "1"],
        vec!["events"],
        vec!["history", &address],
        vec!["check"],
        vec!["fuzz", &long, "--invariant", "ok", "--runs", "5", "--seed", "1"],
        vec!["fuzz", &long, "--invariant", &name, "--runs", "5", "--seed", "1"],
        vec!["fuzz", &long, "--invariant", "trap", "--runs", "5", "--seed", "1"],
        vec!["fuzz", &long, "--invariant", "ok", "--runs", "5", "--setup", &notes],
        vec!["bench", "--tiny", "--contract", &long, "--against", &odd_names, "--call", "log"],
        vec!["report", "--from", &odd_names],
        vec!["report", "--tiny", "--config", &odd_names],
        vec!["report", "--config", &odd_names],
        vec!["report", "--compare", &odd_names, &long],
        vec!["man", &odd_names],
        vec!["doctor"],
        vec!["imports"],
    ];
    commands.extend(sources.iter().map(|source| vec!["deploy", source]));
    for arguments in commands {
        let output = world.output(&arguments);
        let what: String = arguments.join(" ").chars().take(100).collect();
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8(text).unwrap();
            assert!(is_tame(&text), "{what:?}: {:?}", text.chars().take(2_000).collect::<String>());
            let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(longest < LONGEST_LINE, "{what:?}: a line of {longest} characters");
            assert!(!text.contains("panicked"), "{what:?}: {text}");
        }
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
