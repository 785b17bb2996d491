//! Several processes on one store.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;
use vellum::paging::PagerKind;
use vellum::receipt::{Call, Value};
use vellum::store::{Access, LmdbStore, OpenOptions};
use vellum::vm::Vm;

use super::support::World;

/// A process that has the store open for writing and waits for the next line of its scenario.
struct Writer {
    child: Child,
    input: ChildStdin,
    output: BufReader<std::process::ChildStdout>,
}

impl Writer {
    fn new(world: &World) -> Self {
        let mut child =
            world.command(["--json", "run", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    /// Has a line run and gives what it printed.
    fn step(&mut self, line: serde_json::Value) -> serde_json::Value {
        writeln!(self.input, "{line}").unwrap();
        let mut printed = String::new();
        self.output.read_line(&mut printed).unwrap();
        serde_json::from_str(&printed).unwrap()
    }

    fn end(self) {
        let Self { mut child, input, .. } = self;
        drop(input);
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn one_process_writes_and_others_read_meanwhile() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    let mut writer = Writer::new(&world);
    let add = json!({ "call": address, "function": "add", "args": [1] });
    assert_eq!(writer.step(add.clone())["results"], json!(["1"]));
    for arguments in [vec!["call", &address, "add", "1"], vec!["fund", &address, "1"]] {
        let said = world.refusal(1, arguments);
        assert!(said.contains("another process") && said.contains(world.state().to_str().unwrap()), "{said}");
    }
    assert_eq!(world.json(["account", &address])["version"], 1);
    assert_eq!(world.json(["read", &address, "0", "1"])["data"], "0x01");
    assert_eq!(world.json(["call", &address, "add", "1", "--dry-run"])["results"], json!(["2"]));
    assert_eq!(world.json(["check"])["ok"], true);
    assert_eq!(writer.step(add)["results"], json!(["2"]));
    writer.end();
    assert_eq!(world.json(["call", &address, "add", "1"])["results"], json!(["3"]));
}

#[test]
fn a_second_writer_waits_if_it_is_told_to() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    let mut writer = Writer::new(&world);
    let add = json!({ "call": address, "function": "add", "args": [1] });
    assert_eq!(writer.step(add.clone())["results"], json!(["1"]));
    // Without a word it does not, and with a number only for so long.
    for wait in [None, Some("--wait=1")] {
        let begun = Instant::now();
        let fund = ["--json", "fund", &address, "1"];
        let output = world.output(wait.into_iter().chain(fund));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((output.status.code(), &document["error"]["kind"]), (Some(1), &json!("locked")));
        assert_eq!(begun.elapsed() >= Duration::from_secs(1), wait.is_some());
    }
    let waiting: Vec<Child> = ["--wait", "--wait=600"]
        .map(|wait| world.command([wait, "call", &address, "add", "10"]).stdout(Stdio::null()).spawn().unwrap())
        .into();
    // They wait for as long as the first has the store, whatever it does.
    for round in 2..6 {
        sleep(Duration::from_millis(100));
        assert_eq!(writer.step(add.clone())["results"], json!([round.to_string()]));
    }
    writer.end();
    assert!(waiting.into_iter().all(|mut child| child.wait().unwrap().success()));
    assert_eq!(world.json(["call", &address, "get"])["results"], json!(["25"]));
}

#[test]
fn the_state_directory_is_given_by_the_environment_too() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    let run = |environment: &Path, arguments: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("vellum"));
        command.env("VELLUM_STATE", environment).current_dir(world.path("")).args(arguments).output().unwrap()
    };
    assert!(run(&world.state(), &["account", &address]).status.success());
    assert!(!run(&world.path("other"), &["account", &address]).status.success());
    let option = run(&world.path("other"), &["--state", "state", "account", &address]);
    assert!(option.status.success(), "the option goes before the environment");
    let empty = run(Path::new(""), &["--state", "state", "account", &address]);
    assert!(empty.status.success(), "nothing is named by an empty variable");
    let usual = run(Path::new(""), &["account", &address]);
    assert!(String::from_utf8(usual.stderr).unwrap().contains("./vellum-state"), "then it is the usual directory");
    assert!(world.text(["--help"]).contains("VELLUM_STATE"));
}

#[test]
fn what_a_process_keeps_of_a_contract_is_never_older_than_another_processes_commit() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    let options = OpenOptions { access: Access::ReadOnly, ..OpenOptions::default() };
    let vm = Vm::builder(LmdbStore::open(&world.state(), &options).unwrap()).module_cache_dir(None).build().unwrap();
    for round in 1..=10 {
        let committed = world.json(["call", &address, "add", "1"]);
        assert_eq!(committed["results"], json!([round.to_string()]));
        for pager in PagerKind::ALL {
            let call = Call::new(address.parse().unwrap(), "get").pager(pager);
            assert_eq!(vm.run(&call).dry().unwrap().results, [Value::I64(round)], "{pager}");
            // It writes a page that is then put back.
            let call = Call::new(address.parse().unwrap(), "add").args([Value::I64(100)]).pager(pager);
            assert_eq!(vm.run(&call).dry().unwrap().results, [Value::I64(round + 100)], "{pager}");
        }
    }
}

#[test]
fn a_process_that_is_killed_loses_no_commit_that_it_reported() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    let mut writer = Writer::new(&world);
    writer.step(json!({ "call": address, "function": "add", "args": [41] }));
    writer.child.kill().unwrap();
    writer.child.wait().unwrap();
    assert_eq!(world.json(["check"])["ok"], true);
    assert_eq!(world.json(["call", &address, "add", "1"])["results"], json!(["42"]));
}
