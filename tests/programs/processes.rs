//! A program over several processes of the command line.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::support::module;

/// Runs the command line on a store of its own.
fn vellum(directory: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("vellum"));
    command.env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")).current_dir(directory);
    let output = command.args(["--json", "--state", "state"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn data_are_kept_over_processes_and_old_versions_can_be_called() {
    for (name, put, pairs) in [("collections", "insert", "len"), ("table", "put", "count")] {
        let directory = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| vellum(directory.path(), arguments);
        let deployed = run(&["deploy", module(name).to_str().unwrap()]);
        let address = deployed["address"].as_str().unwrap();
        let mut states = vec![deployed["state"].clone()];
        for (key, value) in [("1", "10"), ("2", "20"), ("1", "11")] {
            let receipt = run(&["call", address, put, key, value]);
            assert_eq!(receipt["contracts"][0]["state_before"], *states.last().unwrap());
            states.push(receipt["contracts"][0]["state_after"].clone());
        }
        let get = |version: &str| run(&["call", address, "get", "1", "--at", version])["results"].clone();
        assert_eq!([get("1"), get("2"), get("3")], [json!(["10"]), json!(["10"]), json!(["11"])], "{name}");
        let count = &run(&["call", address, pairs, "--dry-run"])["results"][0];
        assert!([json!("2"), json!(2)].contains(count), "{name}: {count}");
        assert_eq!(run(&["check"])["ok"], true);
    }
}
