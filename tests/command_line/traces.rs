//! How a call went, beside what it came to.

use serde_json::{Value, json};
use vellum::paging::PagerKind;

use super::support::{World, keys};

#[test]
fn a_pager_that_cannot_know_what_was_read_says_so_and_nothing_else_differs() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    let call = |pager| ["--json", "call", &address, "add", "1", "--dry-run", "--pager", pager].map(str::to_owned);
    assert_eq!(world.text(call("soft")), world.text(call("eager")));
    let frames = |pager| {
        let traced = world.text(call(pager).into_iter().chain(["--trace".to_owned()]));
        serde_json::from_str::<Value>(&traced).unwrap()["frames"][0].clone()
    };
    for (pager, pages) in [("soft", json!(1)), ("eager", Value::Null)] {
        assert_eq!((&frames(pager)["pages_read"], &frames(pager)["pages_written"]), (&pages, &pages), "{pager}");
    }
}

#[test]
fn a_traced_call_says_what_presenting_its_pages_took() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    world.json(["call", &address, "add", "1"]);
    for pager in PagerKind::available() {
        let call = ["call", &address, "add", "1", "--dry-run", "--pager", pager.name()];
        let plain = world.json(call);
        assert!(plain.get("frames").is_none());
        let traced = world.json([&call[..], &["--trace"]].concat());
        let frames = traced["frames"].as_array().unwrap();
        let counts = &frames[0];
        assert_eq!(
            (frames.len(), counts["contract"].as_str(), counts["pager"].as_str()),
            (1, Some(&*address), Some(pager.name()))
        );
        let count = |name: &str| counts[name].as_u64().unwrap();
        assert!(count("pages_loaded") >= 1 && count("pages_compared") >= 1, "{counts}");
        let hardware = [PagerKind::Sigsegv, PagerKind::Uffd].contains(&pager);
        assert_eq!(count("signals") > 0, hardware, "{counts}");
        assert_eq!(count("system_calls") > 0, hardware || pager == PagerKind::Eager, "{counts}");
        assert!(world.text([&call[..], &["--trace"]].concat()).contains("  faults   "));
    }
}

#[test]
fn the_tree_of_calls_is_shown_to_a_person_and_to_a_program() {
    let world = World::new();
    let caller = r#"(module
      (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
      (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "get")
      (func (export "ask") (result i32)
        (call $input_copy (i32.const 100) (i32.const 0) (i32.const 20))
        (call $call (i32.const 100) (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0))))"#;
    let file = world.file("caller.wat", caller);
    let caller = world.json(["deploy", file.to_str().unwrap(), "--no-reentry"])["address"].as_str().unwrap().to_owned();
    assert_eq!(world.json(["account", &caller])["refuses_reentry"], json!(true));
    let counter = world.deploy("counter.wat");
    let call = ["call", &caller, "ask", "--input", &counter, "--trace", "--dry-run"];
    let receipt = world.json(call);
    let calls = receipt["trace"].as_array().unwrap();
    let fields = [
        "depth",
        "caller",
        "callee",
        "function",
        "static",
        "value",
        "args",
        "input",
        "output",
        "gas_given",
        "gas_used",
        "pages_read",
        "pages_written",
        "writes",
        "status",
        "halt",
    ];
    assert_eq!(keys(&calls[0]), fields);
    assert_eq!((calls.len(), &calls[1]["depth"], &calls[1]["callee"]), (2, &json!(1), &json!(counter)));
    assert_eq!((&calls[1]["pages_read"], &calls[1]["status"]), (&json!([0]), &json!("returned")));
    let text = world.text(call);
    assert!(
        text.contains(&format!("\n  {counter} get\n    from {caller}: returned 0x0000000000000000\n    gas ")),
        "{text}"
    );
    assert!(text.contains(", read page 0\n"), "{text}");
}

#[test]
fn a_call_that_enters_a_function_again_with_arguments_is_shown_with_them() {
    let world = World::new();
    let countdown = world.deploy("countdown.wat");
    let call = ["call", &countdown, "down", "2", "-5", "--trace"];
    let receipt = world.json(call);
    assert_eq!(receipt["results"], json!(["-15", 3]));
    let calls = receipt["trace"].as_array().unwrap();
    let arguments: Vec<&Value> = calls.iter().map(|call| &call["args"]).collect();
    assert_eq!(arguments, [&json!([2, "-5"]), &json!([1, "-5"]), &json!([0, "-5"])]);
    assert_eq!((&calls[2]["input"], &calls[2]["output"]), (&json!("0x"), &json!("0xf1ffffffffffffff01000000")));
    let text = world.text(call);
    assert!(
        text.contains(&format!("{countdown} down(2, -5)\n"))
            && text.contains(&format!("\n    {countdown} down(0, -5)\n      from {countdown}: returned 0x")),
        "{text}"
    );
}
