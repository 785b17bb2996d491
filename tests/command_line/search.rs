//! Contracts that are searched for what breaks them, and what is found, run again.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{World, contract};

fn path(name: &str) -> PathBuf {
    contract("reentrancy").join(name)
}

/// Arguments, of which those that name a contract or a setup become paths.
fn arguments(line: &str) -> Vec<String> {
    let words = line.split_whitespace();
    let word = |word: &str| match word.ends_with(".wat") || word.ends_with(".jsonl") {
        true => path(word).display().to_string(),
        false => word.to_owned(),
    };
    words.map(word).collect()
}

/// Runs a search that finds something, and gives what it says in JSON.
#[track_caller]
fn found(world: &World, line: &str) -> Value {
    let output = world.output([["--json".to_owned()].to_vec(), arguments(line)].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn what_is_found_is_told_saved_and_done_again() {
    let world = World::new();
    let output = world.output(arguments("fuzz bank.wat --invariant solvent --seed 3 --time 2m"));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in [
        "; when it is called it calls bank.withdraw, and returns\n",
        "\n    $attacker receive with ",
        "\n      $bank withdraw\n",
        " -> 0x0000000000000000 (",
        "page 0 of $bank, before and after\n",
        "the invariant bank.solvent gives 0\n",
        "found      bank.solvent gives 0, after ",
        "again      vellum replay ./bank-solvent-3.jsonl\n",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    let again = world.text(["replay", "bank-solvent-3.jsonl"]);
    assert!(again.contains("the invariant bank.solvent gives 0\nstatus     returned"), "{again}");
    // It needs neither the contract's file nor a store, and `run` does it in one.
    assert!(!world.state().exists());
    world.text(["run", "bank-solvent-3.jsonl"]);
    assert!(world.state().exists());
}

#[test]
fn an_attacker_that_passes_arguments_is_told_saved_and_done_again() {
    let world = World::new();
    let output = world.output(arguments("fuzz bank_parts.wat --invariant solvent --seed 2 --time 2m"));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in [
        "; when it is called it calls bank_parts.withdraw(1, 8317), and returns\n",
        "\n      $bank_parts withdraw(1, 8317)\n",
        "the invariant bank_parts.solvent gives 0\n",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    let again = world.text(["replay", "bank_parts-solvent-2.jsonl"]);
    assert!(again.contains("the invariant bank_parts.solvent gives 0\nstatus     returned"), "{again}");
}

/// Integers as numbers, as they were saved once.
fn with_numbers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(with_numbers),
        Value::Object(fields) => fields.values_mut().for_each(with_numbers),
        Value::String(text) => {
            if let Ok(number) = text.parse::<i64>() {
                *value = number.into();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn a_sequence_that_was_saved_with_numbers_is_still_done_again() {
    let world = World::new();
    found(&world, "fuzz bank.wat --invariant solvent --seed 3 --time 2m");
    let saved = std::fs::read_to_string(world.path("bank-solvent-3.jsonl")).unwrap();
    let before: String = saved.lines().fold(String::new(), |text, line| {
        let mut line = serde_json::from_str(line).unwrap();
        with_numbers(&mut line);
        text + &line.to_string() + "\n"
    });
    assert!(before.contains(r#""gas":5000000"#) && before.contains(r#""results":[0]"#), "{before}");
    world.file("before.jsonl", &before);
    let shown = |file: &str| world.text(["replay", file]);
    assert_eq!(shown("before.jsonl"), shown("bank-solvent-3.jsonl"));
}

#[test]
fn a_sequence_that_does_something_else_by_now_is_said_to() {
    let world = World::new();
    found(&world, "fuzz bank.wat --invariant solvent --seed 3 --time 2m");
    let saved = std::fs::read_to_string(world.path("bank-solvent-3.jsonl")).unwrap();
    let repaired = std::fs::read_to_string(path("bank_effects_first.wat")).unwrap();
    let mut lines: Vec<String> = saved.lines().map(str::to_owned).collect();
    lines[0] = serde_json::json!({ "wat": repaired, "as": "bank" }).to_string();
    world.file("repaired.jsonl", lines.join("\n"));
    let output = world.output(["replay", "repaired.jsonl"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("repaired.jsonl:") && said.contains("should be"), "{said}");
}

#[test]
fn contracts_that_know_each_other_are_set_up_before() {
    let world = World::new();
    for (line, what) in [
        ("fuzz vault.wat shares.wat --setup vault.setup.jsonl --invariant covered", "vault.covered gives 0"),
        ("fuzz market.wat pool.wat --setup market.setup.jsonl --invariant paid", "market.paid gives 0"),
        ("fuzz pool.wat --view fair", "pool.fair gives another value than 1 during a call"),
    ] {
        let document = found(&world, &format!("{line} --seed 3 --time 2m"));
        assert_eq!(document["found"]["what"], what);
        world.text(["replay", document["found"]["file"].as_str().unwrap()]);
    }
}

#[test]
fn where_nothing_is_wrong_nothing_is_found() {
    let world = World::new();
    let line = "fuzz bank_locked.wat --invariant solvent --seed 5 --runs 200";
    let document = world.json(arguments(line));
    assert_eq!((&document["found"], &document["sequences"]), (&Value::Null, &200.into()));
    assert!(document["reentered"].as_u64() > Some(10), "{document}");
    let text = world.text(arguments(line));
    assert!(text.contains("found      nothing\n"), "{text}");
    // The same seed does the same.
    let again = world.json(arguments(line));
    assert_eq!(again["functions"], document["functions"]);
}

#[test]
fn a_search_that_cannot_begin_says_why() {
    let world = World::new();
    world.file("broken.wat", "(module (func (export \"f\") (unknown)))");
    world.file("setup.jsonl", "{\"call\": \"$bank\", \"function\": \"withdraw\"}\n");
    for (status, line, part) in [
        (2, "fuzz bank.wat", "--invariant"),
        (2, "fuzz --invariant solvent", "CONTRACT"),
        (2, "fuzz bank.wat --invariant solvent --pagers soft", "cannot be used with"),
        (2, "fuzz bank.wat --invariant solvent --transactions 0", "1 to 1000 transactions"),
        (1, "fuzz bank.wat --invariant sound", "exports \"sound\"; they export: deposit, solvent, withdraw"),
        (1, "fuzz judges.wat --invariant takes", "it must take nothing and return one i32 or i64"),
        (
            1,
            "fuzz judges.wat --invariant traps",
            "does not hold before the first transaction of the search: it halts, trap",
        ),
        (1, "fuzz judges.wat --invariant writes", "it writes to storage, and an invariant must only read"),
        (1, "fuzz alone.wat --invariant fine", "no function besides the invariants"),
        (1, "fuzz missing.wat --invariant fine", "missing.wat"),
        (1, "fuzz bank.wat bank.wat --invariant solvent", "$bank already names"),
        (1, "fuzz bank.wat --invariant solvent --out bank.wat", "making "),
        (1, "fuzz vault.wat --setup vault.setup.jsonl --invariant covered", "vault.setup.jsonl:1:"),
    ] {
        let said = world.refusal(status, arguments(line));
        assert!(said.contains(part), "{line}: {part:?} is not in {said}");
    }
    let said = world.refusal(1, ["fuzz", "broken.wat", "--invariant", "f"]);
    assert!(said.contains("broken.wat: ") && said.contains("unknown"), "{said}");
    for name in ["attacker.wat", "alice.wat", "$b.wat"] {
        world.file(name, std::fs::read(path("bank.wat")).unwrap());
        let said = world.refusal(1, ["fuzz", name, "--invariant", "solvent"]);
        assert!(said.contains("give ") && said.contains("another"), "{said}");
    }
    let bank = path("bank.wat").display().to_string();
    let said = world.refusal(1, ["fuzz", bank.as_str(), "--invariant", "solvent", "--setup", "setup.jsonl"]);
    assert!(said.contains("setup.jsonl:1: the call did not return"), "{said}");
}
