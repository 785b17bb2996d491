//! What does not fit is refused with an error that names it, and the store stays as it was.

use vellum::paging::PagerKind;

use super::support::{NOBODY, World, contract, halt};

/// What is wrong with a module, the module, and what the error says.
fn modules() -> Vec<(&'static str, Vec<u8>, Vec<&'static str>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let deep = format!("(module (func {} {}))", "(block ".repeat(1_001), ")".repeat(1_001));
    let functions = format!("(module {})", "(func)".repeat(10_001));
    vec![
        ("empty", Vec::new(), vec!["not WebAssembly"]),
        ("garbage", vec![0xff; 100], vec!["not WebAssembly"]),
        ("text_with_a_mistake", text("(module\n  (func $f (result i32)\n"), vec!["text"]),
        ("does_not_validate", text("(module (func (result i32)))"), vec!["not valid WebAssembly", "function 0"]),
        ("start_function", text("(module (func $f) (start $f))"), vec!["start"]),
        (
            "unknown_import",
            text(r#"(module (import "svm" "mem_to_reg_cpy" (func)))"#),
            vec!["mem_to_reg_cpy", "mem_to_reg_copy"],
        ),
        (
            "mistyped_import",
            text(r#"(module (import "vellum" "value" (func (result i32))))"#),
            vec!["\"vellum\" \"value\"", "() -> (i32)", "() -> (i64)"],
        ),
        ("import_of_another_kind", text(r#"(module (import "storage" "memory" (func)))"#), vec!["storage", "memory"]),
        ("float_export", text(r#"(module (func (export "f") (param f64)))"#), vec!["\"f\"", "f64"]),
        ("reserved_name", text(r#"(module (func (export "vellum:f")))"#), vec!["vellum:f"]),
        ("huge_memory", text(r#"(module (memory (export "memory") 1025))"#), vec!["memory", "1025", "1024"]),
        ("two_memories", text("(module (memory 1) (memory 1))"), vec!["memor"]),
        ("memory64", text("(module (memory i64 1))"), vec!["memory64"]),
        ("shared_memory", text("(module (memory 1 1 shared))"), vec!["threads"]),
        ("tail_call", text("(module (func $f (return_call $f)))"), vec!["tail call"]),
        ("exceptions", text("(module (tag))"), vec!["exception"]),
        ("too_many_functions", text(&functions), vec!["functions", "10001", "10000"]),
        ("deep_nesting", text(&deep), vec!["1000"]),
        ("too_long", vec![b' '; (4 << 20) + 1], vec!["4194304"]),
    ]
}

#[test]
fn a_module_that_may_be_no_contract_is_refused_by_name_and_reason() {
    let world = World::new();
    world.deploy("counter.wat");
    let before = world.stored();
    for (name, module, reasons) in modules() {
        let file = world.file(name, module).display().to_string();
        let said = world.refusal(1, ["deploy", &file]);
        for part in [vec![file.as_str()], reasons].concat() {
            assert!(said.contains(part), "{name}: {part:?} is not in {said}");
        }
    }
    assert_eq!(world.stored(), before);
}

#[test]
fn a_module_that_was_cut_short_is_refused_wherever_it_was_cut() {
    let world = World::new();
    world.deploy("counter.wat");
    let before = world.stored();
    let wasm = vellum::contract::to_binary(&std::fs::read(contract("counter.wat")).unwrap()).unwrap().into_owned();
    // Eight bytes are the empty module, which is a contract without exports.
    for length in (1..wasm.len()).step_by(7).filter(|length| *length != 8) {
        let file = world.file("cut.wasm", &wasm[..length]).display().to_string();
        let said = world.refusal(1, ["deploy", &file]);
        assert!(said.contains("cut.wasm"), "{length} bytes: {said}");
    }
    assert_eq!(world.stored(), before);
    world.text(["deploy", world.file("whole.wasm", &wasm).to_str().unwrap(), "--nonce", "1"]);
}

#[test]
fn a_contracts_file_that_cannot_be_read_is_named() {
    let world = World::new();
    assert!(world.refusal(1, ["deploy", "not-there.wat"]).contains("not-there.wat"));
    let directory = world.path("").display().to_string();
    assert!(world.refusal(1, ["deploy", &directory]).contains(&directory));
    assert!(!world.state().exists());
}

#[test]
fn a_page_limit_that_cannot_be_is_refused() {
    let world = World::new();
    world.deploy("counter.wat");
    let before = world.stored();
    let file = contract("counter.wat").display().to_string();
    for pages in ["0", "8", "17", "1048592", "4294967295"] {
        let said = world.refusal(1, ["deploy", &file, "--nonce", "1", "--max-pages", pages]);
        assert!(said.contains(pages) && said.contains("multiple of 16"), "{said}");
    }
    let wide = world.file("wide.wat", r#"(module (import "storage" "memory" (memory 3)))"#);
    let said = world.refusal(1, ["deploy", wide.to_str().unwrap(), "--max-pages", "32"]);
    assert!(said.contains("48"), "{said}");
    assert_eq!(world.stored(), before);
}

#[test]
fn deploying_to_an_address_that_is_taken_is_refused() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    let before = world.stored();
    let said = world.refusal(1, ["deploy", contract("counter.wat").to_str().unwrap()]);
    assert!(said.contains(&address), "{said}");
    assert_eq!(world.stored(), before);
}

#[test]
fn a_call_that_does_not_fit_the_contract_fails_and_says_what_would() {
    let world = World::new();
    let address = world.deploy("outcomes.wat");
    let before = world.stored();
    for (arguments, parts) in [
        (vec!["call", &address, "types"], ["types", "2"]),
        (vec!["call", &address, "types", "1"], ["types", "(i32, i64)"]),
        (vec!["call", &address, "types", "1", "2", "3"], ["types", "3"]),
        (vec!["call", &address, "nothing", "1"], ["nothing", "0"]),
        (vec!["call", &address, "types", "4294967296", "0"], ["4294967296", "i32"]),
        (vec!["call", &address, "types", "-2147483649", "0"], ["-2147483649", "i32"]),
        (
            vec!["call", &address, "types", "0", "-9223372036854775807", "--sender", NOBODY, "--value", "1"],
            [NOBODY, "0"],
        ),
        (vec!["call", &address, "nothing_like_it"], ["nothing_like_it", "echo"]),
        (vec!["call", &address, "memory"], ["memory", "echo"]),
        (vec!["call", NOBODY, "nothing"], [NOBODY, "there is no account"]),
        (vec!["account", NOBODY], [NOBODY, "there is no account"]),
        (vec!["read", NOBODY, "0", "1"], [NOBODY, "there is no account"]),
        (vec!["page", NOBODY, "0"], [NOBODY, "there is no account"]),
        (vec!["page", &address, "65536"], ["65536", &address]),
        (vec!["read", &address, "268435456", "1"], ["268435456", &address]),
        (vec!["read", &address, "1", "18446744073709551615"], ["18446744073709551615", &address]),
    ] {
        let said = world.refusal(1, &arguments);
        assert!(parts.iter().all(|part| said.contains(part)), "{arguments:?}: {said}");
    }
    assert_eq!(world.stored(), before);
}

#[test]
fn an_account_without_code_is_no_contract() {
    let world = World::new();
    world.deploy("counter.wat");
    world.text(["fund", NOBODY, "1"]);
    for arguments in [vec!["call", NOBODY, "f"], vec!["read", NOBODY, "0", "1"], vec!["page", NOBODY, "0"]] {
        let said = world.refusal(1, arguments);
        assert!(said.contains(&format!("there is no contract at {NOBODY}")), "{said}");
    }
}

#[test]
fn a_command_line_that_is_wrong_in_itself_is_status_2() {
    let world = World::new();
    let address = world.deploy("outcomes.wat");
    let before = world.stored();
    for (arguments, part) in [
        (vec![], "Usage"),
        (vec!["deplay"], "deploy"),
        (vec!["call", "0x12", "f"], "0x12"),
        (vec!["call", &address], "FUNCTION"),
        (vec!["call", &address, "types", "1.5"], "1.5"),
        (vec!["call", &address, "types", "18446744073709551616"], "18446744073709551616"),
        (vec!["call", &address, "types", "one"], "one"),
        (vec!["call", &address, "nothing", "--input", "0xabc"], "--input"),
        (vec!["call", &address, "nothing", "--input", "xy"], "--input"),
        (vec!["call", &address, "nothing", "--sender", "0x"], "--sender"),
        (vec!["call", &address, "nothing", "--gas", "-1"], "--gas"),
        (vec!["call", &address, "nothing", "--pager", "hard"], "eager, soft, resident"),
        (vec!["call", &address, "nothing", "--at", "one"], "--at"),
        (vec!["read", &address, "-1", "1"], "-1"),
        (vec!["page", &address, "4294967296"], "4294967296"),
        (vec!["fund", &address, "lots"], "lots"),
        (vec!["deploy"], "FILE"),
        (vec!["bench", "no_such_experiment"], "no_such_experiment"),
    ] {
        let output = world.output(&arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}: {said}");
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
    assert_eq!(world.stored(), before);
}

#[test]
fn a_call_that_cannot_go_on_is_a_receipt_and_leaves_nothing() {
    let world = World::new();
    let address = world.deploy("outcomes.wat");
    let before = world.stored();
    for pager in PagerKind::available().map(PagerKind::name) {
        for (arguments, kind) in [
            (vec!["trap"], "trap"),
            (vec!["beyond"], "trap"),
            (vec!["loop"], "out_of_gas"),
            (vec!["recurse"], "call_depth"),
            (vec!["recurse_with_result", "0"], "call_depth"),
        ] {
            let receipt = world.json([vec!["call", &address, "--pager", pager], arguments.clone()].concat());
            assert_eq!(halt(&receipt).0, kind, "{arguments:?} under {pager}");
            assert_eq!(receipt["gas_used"], "1000000000", "{arguments:?} under {pager}");
        }
    }
    assert_eq!(world.stored(), before);
}

#[test]
fn gas_that_runs_out_is_used_up_and_one_unit_more_suffices() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    let needed =
        world.json(["call", &address, "add", "1", "--dry-run"])["gas_used"].as_str().unwrap().parse::<u64>().unwrap();
    let before = world.stored();
    for gas in [0, 1, needed / 2, needed - 1] {
        let receipt = world.json(["call", &address, "add", "1", "--gas", &gas.to_string()]);
        assert_eq!((halt(&receipt).0, &receipt["gas_used"]), ("out_of_gas", &gas.to_string().into()));
    }
    assert_eq!(world.stored(), before);
    let receipt = world.json(["call", &address, "add", "1", "--gas", &needed.to_string()]);
    assert_eq!((receipt["status"].as_str(), &receipt["gas_used"]), (Some("returned"), &needed.to_string().into()));
}
