//! A signal ends what takes long after what was found so far is written.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::support::{World, contract, texts};

/// Signals and what the program ends with. Where these tests run under `nohup`, so do the programs that they start, which then
/// ignore that their terminal has gone.
fn signals() -> impl Iterator<Item = (&'static str, i32)> {
    const SIGHUP: u32 = 1;
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap().trim();
    let hang_up = u64::from_str_radix(ignored, 16).unwrap() & (1 << (SIGHUP - 1)) == 0;
    let signals = [("INT", 130), ("TERM", 143), ("HUP", 129)];
    signals.into_iter().filter(move |(signal, _)| hang_up || *signal != "HUP")
}

fn send(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap().success());
}

/// Waits until a process has a handler for the signal that asks it to end.
fn wait_until_it_listens(child: &Child) {
    const SIGTERM: u32 = 15;
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
        if u64::from_str_radix(caught, 16).unwrap() & (1 << (SIGTERM - 1)) != 0 {
            return;
        }
        assert!(Instant::now() < patience, "it does not listen");
        sleep(Duration::from_millis(5));
    }
}

/// Starts a command, sends it a signal as soon as it listens, and gives its exit status, what it printed and what it said.
fn interrupted(world: &World, signal: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let child = world.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until_it_listens(&child);
    sleep(Duration::from_millis(300));
    send(&child, signal);
    let output = child.wait_with_output().unwrap();
    let (printed, said) = texts(&output);
    (output.status.code(), printed, said)
}

#[cfg(target_os = "linux")]
#[test]
fn fuzzing_says_what_it_has_done_and_ends_with_the_status_of_the_signal() {
    let world = World::new();
    let sound = contract("reentrancy/bank_locked.wat").display().to_string();
    let of_the_vm = ["--json", "fuzz", "--time", "30m", "--pagers", "soft"];
    let of_a_contract = ["--json", "fuzz", &sound, "--invariant", "solvent", "--time", "30m"];
    for (arguments, count) in [(&of_the_vm[..], "scenarios"), (&of_a_contract, "sequences")] {
        for (signal, status) in signals() {
            let (code, printed, said) = interrupted(&world, signal, arguments);
            assert_eq!(code, Some(status), "{arguments:?} {signal}: {said}");
            let document: Value = serde_json::from_str(&printed).unwrap();
            assert!(document[count].as_u64().is_some() && document["found"].is_null(), "{document}");
            assert_eq!(document["error"]["kind"], "interrupted");
            assert!(said.ends_with(&format!("error: interrupted by SIG{signal}\n")), "{said}");
        }
    }
    let (code, printed, _) = interrupted(&world, "TERM", &of_the_vm[1..]);
    assert_eq!(code, Some(143));
    assert!(printed.contains("found      nothing\n"), "{printed}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_benchmark_writes_the_report_of_what_it_has_measured() {
    let world = World::new();
    let out = world.path("out").display().to_string();
    let (code, printed, said) = interrupted(&world, "TERM", &["--json", "bench", "call", "--full", "--out", &out]);
    assert_eq!(code, Some(143), "{said}");
    let document: Value = serde_json::from_str(&printed).unwrap();
    assert!(!document["missing"].as_array().unwrap().is_empty(), "{document}");
    assert_eq!(document["error"]["kind"], "interrupted");
    assert!(world.path("out/data.json").exists() && world.path("out/index.html").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_measuring_and_the_report_says_what_is_missing() {
    let world = World::new();
    let mut command = world.command(["--json", "report", "--full", "--out", world.path("report").to_str().unwrap()]);
    let scratch = world.path("scratch");
    fs::create_dir(&scratch).unwrap();
    command.env("TMPDIR", &scratch).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // It listens to Ctrl-C before it makes its first directory.
    let patience = Instant::now() + Duration::from_secs(60);
    while fs::read_dir(&scratch).unwrap().next().is_none() {
        assert!(Instant::now() < patience, "the measuring does not begin");
        sleep(Duration::from_millis(10));
    }
    send(&child, "INT");
    let output = child.wait_with_output().unwrap();
    let (printed, said) = texts(&output);
    assert_eq!((output.status.code(), said.as_str()), (Some(130), "error: interrupted by SIGINT\n"));
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed["error"], serde_json::json!({ "kind": "interrupted", "message": "interrupted by SIGINT" }));
    let missing = printed["missing"].as_array().unwrap();
    assert!(missing.iter().any(|what| !what.as_str().unwrap().starts_with("peers: ")), "{missing:?}");
    assert!(world.path("report/index.html").exists());
    assert!(fs::read_dir(&scratch).unwrap().next().is_none());
}

#[cfg(target_os = "linux")]
#[test]
fn every_signal_and_a_later_run_remove_the_directories_in_the_temporary_folder() {
    let world = World::new();
    let scratch = world.path("scratch");
    fs::create_dir(&scratch).unwrap();
    let left = || fs::read_dir(&scratch).unwrap().count();
    let out = world.path("out").display().to_string();
    let start = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        command.env("TMPDIR", &scratch).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        let patience = Instant::now() + Duration::from_secs(60);
        while left() == 0 {
            assert!(Instant::now() < patience, "it makes no directory");
            sleep(Duration::from_millis(5));
        }
        child
    };
    let bench = ["bench", "call", "--full"];
    let report = ["report", "--full", "--out", &out];
    let fuzz = ["fuzz", "--target", "store", "--time", "30m"];
    for arguments in [&bench[..], &report, &fuzz] {
        for (signal, status) in signals() {
            let mut child = start(arguments);
            send(&child, signal);
            assert_eq!(child.wait().unwrap().code(), Some(status), "{arguments:?} {signal}");
            assert_eq!(left(), 0, "{arguments:?} {signal}");
        }
        let mut child = start(arguments);
        child.kill().unwrap();
        child.wait().unwrap();
        let killed = left();
        assert!(killed <= 3, "{arguments:?}: {killed}");
        let mut child = start(arguments);
        wait_until_it_listens(&child);
        sleep(Duration::from_millis(300));
        send(&child, "TERM");
        child.wait().unwrap();
        assert_eq!(left(), 0, "{arguments:?}");
    }
    let data: Value = serde_json::from_str(&fs::read_to_string(world.path("out/data.json")).unwrap()).unwrap();
    assert!(!data["missing"].as_array().unwrap().is_empty(), "{data}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_waits_for_its_next_line_ends_and_what_it_committed_stays() {
    for (signal, status) in signals() {
        let world = World::new();
        let address = world.deploy("counter.wat");
        let mut command = world.command(["--json", "run", "-"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        writeln!(input, r#"{{"call": "{address}", "function": "add", "args": [7]}}"#).unwrap();
        let mut receipt = String::new();
        output.read_line(&mut receipt).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&receipt).unwrap()["commit"], 1);
        send(&child, signal);
        let mut failure = String::new();
        output.read_line(&mut failure).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&failure).unwrap()["error"]["kind"], "interrupted");
        // Its input is open still.
        assert_eq!(child.wait().unwrap().code(), Some(status));
        drop(input);
        assert_eq!(world.json(["call", &address, "get"])["results"][0], "7");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_was_told_to_ignore_the_loss_of_its_terminal_goes_on() {
    let world = World::new();
    let mut command = Command::new("nohup");
    let arguments = ["--json", "fuzz", "--time", "2s", "--pagers", "soft"];
    command.arg(assert_cmd::cargo::cargo_bin!("vellum")).args(arguments).current_dir(world.path(""));
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until_it_listens(&child);
    send(&child, "HUP");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}

/// A call has as much time as it has gas.
#[cfg(target_os = "linux")]
#[test]
fn a_run_in_the_middle_of_a_call_without_end_ends_soon_after_the_signal() {
    let world = World::new();
    let deploy = format!(r#"{{"wat":{:?},"as":"c"}}"#, r#"(module (func (export "spin") (loop (br 0))))"#);
    let scenario = format!("{deploy}\n{{\"call\":\"$c\",\"function\":\"spin\",\"gas\":\"18446744073709551615\"}}\n");
    fs::write(world.path("endless.jsonl"), scenario).unwrap();
    let file = world.path("endless.jsonl").display().to_string();
    for command in ["run", "replay"] {
        let begun = Instant::now();
        let (code, printed, said) = interrupted(&world, "TERM", &["--json", command, &file]);
        assert_eq!(code, Some(143), "{said}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        let documents: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(documents.len(), 2, "{printed}");
        assert!(documents[0]["address"].is_string() && documents[1]["error"]["kind"] == "interrupted", "{printed}");
        assert!(said.ends_with("error: interrupted by SIGTERM\n"), "{said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_waits_for_the_store_says_that_it_was_interrupted() {
    let world = World::new();
    world.deploy("counter.wat");
    let mut holder = world.command(["run", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    wait_until_it_listens(&holder);
    let patience = Instant::now() + Duration::from_secs(60);
    while world.command(["fund", &"11".repeat(20), "1"]).output().unwrap().status.success() {
        assert!(Instant::now() < patience, "the store is not held");
    }
    fs::write(world.path("empty.jsonl"), "").unwrap();
    let file = world.path("empty.jsonl").display().to_string();
    let (code, printed, said) = interrupted(&world, "INT", &["--json", "--wait", "run", &file]);
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(code, Some(130), "{said}");
    let document: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(document["error"]["kind"], "interrupted");
}
