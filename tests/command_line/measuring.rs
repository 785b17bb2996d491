//! The commands that measure, with sizes at which nothing is worth reading but everything happens.

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::support::{World, texts};

#[test]
fn report_writes_its_three_files_and_prints_the_summary() {
    let world = World::new();
    let out = world.path("report");
    let printed = world.json(["report", "--tiny", "--out", out.to_str().unwrap()]);
    assert!(!printed["sentences"].as_array().unwrap().is_empty());
    let data: serde_json::Value = serde_json::from_slice(&fs::read(out.join("data.json")).unwrap()).unwrap();
    assert!(!data["experiments"].as_array().unwrap().is_empty());
    assert!(fs::read_to_string(out.join("index.html")).unwrap().contains("<svg"));
    assert!(fs::read_to_string(out.join("summary.csv")).unwrap().lines().count() > 1);
    assert!(!world.state().exists());
}

#[test]
fn bench_runs_the_experiments_that_it_is_told() {
    let world = World::new();
    let data = world.json(["bench", "access", "--tiny"]);
    let names: Vec<_> = data["experiments"].as_array().unwrap().iter().map(|found| found["name"].clone()).collect();
    assert_eq!(names, ["access"]);
    assert_eq!(data["command"], "vellum bench access --tiny");
    assert!(world.text(["bench", "access", "--tiny"]).contains("access: "));
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
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    let (printed, said) = texts(&output);
    assert_eq!((output.status.code(), said.as_str()), (Some(0), ""));
    let printed: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert!(!printed["missing"].as_array().unwrap().is_empty());
    assert!(world.path("report/index.html").exists());
    assert!(fs::read_dir(&scratch).unwrap().next().is_none());
}
