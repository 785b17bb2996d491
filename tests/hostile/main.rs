//! What a hostile contract can do: every case runs in a process of its own, under a clock and a bound of memory, and its receipt is
//! the same under every pager of the host.

#![cfg(target_os = "linux")]

mod support;

use serde_json::Value;

use support::{World, case};

/// A tenth of what the host has: 12 TiB, of which the store maps 4.
const LITTLE_ADDRESS_SPACE_KIB: u64 = 12 << 30;

/// Deploys a case and runs a call of it.
#[track_caller]
fn call(name: &str, arguments: &[&str]) -> Value {
    let world = World::new();
    let contract = world.deploy(name);
    let receipt = world.call(&contract, arguments);
    println!("{name}: {}", receipt["status"]);
    receipt
}

#[track_caller]
fn returns(name: &str, arguments: &[&str]) -> Value {
    let receipt = call(name, arguments);
    assert_eq!(receipt["status"], "returned", "{receipt}");
    receipt
}

#[test]
fn waiting_calls_with_large_memories() {
    returns("image.wat", &["f", "--gas", "1000000000"]);
}

#[test]
fn a_loop_of_calls_with_a_large_memory() {
    returns("imageloop.wat", &["f", "100", "--gas", "10000000000"]);
}

#[test]
fn memories_that_grow() {
    returns("grow.wat", &["f", "--gas", "1000000000"]);
}

#[test]
fn own_memories_in_front_of_storage_at_every_depth() {
    returns("inside-deep.wat", &["f", "--gas", "4000000000"]);
}

#[test]
fn a_large_own_memory_that_is_set_aside_again_and_again() {
    returns("inside-loop.wat", &["f", "300", "--gas", "40000000000"]);
}

#[test]
fn nested_calls_that_write_all_pages() {
    call("journal.wat", &["f", "--gas", "6000000"]);
}

#[test]
fn many_nested_calls_that_write_the_same_pages() {
    returns("two-deep.wat", &["f", "--gas", "1000000000"]);
}

#[test]
fn many_marks_of_the_same_changes() {
    returns("marks.wat", &["f", "--gas", "1000000000"]);
}

#[test]
fn changes_at_every_depth() {
    returns("deep-writes.wat", &["f", "--gas", "10000000000"]);
}

#[test]
fn writes_at_every_depth_that_change_nothing() {
    returns("deep-equal-writes.wat", &["f", "--gas", "1000000000"]);
}

#[test]
fn long_inputs_at_every_depth() {
    returns("inputs.wat", &["f", "--gas", "1000000000"]);
}

#[test]
fn long_outputs_at_every_depth() {
    returns("outputs.wat", &["f", "--gas", "1000000000"]);
}

#[test]
fn windows_at_every_depth() {
    // It may run out of gas: a caller pays for its window after the call, too.
    call("windows.wat", &["f", "--gas", "1000000000"]);
}

#[test]
fn bulk_instructions_of_nothing() {
    returns("fill-zero.wat", &["f", "100000"]);
}

#[test]
fn a_storage_without_pages() {
    let world = World::new();
    let contract = world.deploy("zero-limit.wat");
    assert_eq!(world.call(&contract, &["size"])["results"][0], 0);
    for call in [["load", "0"], ["store", "0"], ["fill", "1"]] {
        assert_eq!(world.call(&contract, &call)["status"], "halted");
    }
    assert_eq!(world.call(&contract, &["fill", "0"])["status"], "returned");
}

#[test]
fn exports_with_odd_names() {
    let world = World::new();
    let contract = world.deploy("odd-names.wat");
    assert_eq!(world.call(&contract, &["log"])["status"], "returned");
    let refused = world.run(&["call", &contract, "nosuch"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!refused.stderr.contains(&0x1b), "{refused:?}");
}

#[test]
fn a_module_that_takes_long_to_compile_ends_in_time() {
    let world = World::new();
    // Whether it is accepted is a matter of the limits of compilation.
    let _ = world.run(&["deploy", &case("c64_1x4000.wasm").display().to_string()]);
}

/// Deploys many contracts with the same code, and the visitor. Returns the visitor and the input that lists the others.
fn crowd(world: &World, name: &str, count: usize) -> (String, String) {
    let path = case(name).display().to_string();
    let line = |nonce| format!("{}\n", serde_json::json!({"deploy": &path, "nonce": nonce}));
    let scenario = world.file("crowd.jsonl", &(0..count).map(line).collect::<String>());
    let deployed = world.documents(&["run", &scenario]);
    let addresses = deployed.iter().filter_map(|line| line["address"].as_str()).map(|address| &address[2..]);
    let input: String = addresses.collect();
    assert_eq!(input.len(), 40 * count, "{deployed:?}");
    (world.deploy("visit.wat"), input)
}

#[test]
fn reading_pages_that_were_never_stored() {
    let world = World::new();
    let (visitor, input) = crowd(&world, "read-all.wat", 16);
    let receipt = world.call(&visitor, &["visit", "--input", &input]);
    assert_eq!(receipt["results"][0], 16, "{receipt}");
}

#[test]
fn more_contracts_than_a_transaction_visits() {
    let world = World::new();
    let (visitor, input) = crowd(&world, "nothing.wat", 300);
    let receipt = world.call(&visitor, &["visit", "--input", &input, "--gas", "10000000000"]);
    // The visitor counts, and keeps one for itself.
    assert_eq!(receipt["results"][0], 254, "{receipt}");
    let call = ["call", "--dry-run", &visitor, "visit", "--input", &input, "--gas", "10000000000"];
    let output = world.run_within(LITTLE_ADDRESS_SPACE_KIB, &call);
    let on_a_smaller_host: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(on_a_smaller_host, receipt);
}

#[test]
fn a_callee_that_uses_the_limits_up() {
    let world = World::new();
    let (visitor, _) = crowd(&world, "nothing.wat", 1);
    let callee = world.deploy("grief-callee.wat");
    let receipt = world.call(&visitor, &["visit", "--input", &callee[2..]]);
    assert_eq!(receipt["status"], "returned", "{receipt}");
}
