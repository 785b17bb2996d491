//! The commands that measure, with sizes at which nothing is worth reading but everything happens.

use std::fs;
use std::path::Path;
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

/// A workload of the lab as a file.
fn workload(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lab/workloads").join(name).display().to_string()
}

#[test]
fn bench_measures_two_contracts_of_ones_own() {
    let world = World::new();
    let (mapped, slices) = (workload("token.mapped.wat"), workload("token.slices.wat"));
    let out = world.path("pair").display().to_string();
    let pair = ["bench", "--tiny", "--contract", &mapped, "--against", &slices, "--setup", "mint 1 50"];
    let calls = ["--call", "transfer -7 1 50", "--call", "transfer 9 20 50", "--pagers", "soft,eager", "--out", &out];
    let data = world.json([&pair[..], &calls].concat());
    let found = &data["experiments"][0];
    assert_eq!((&found["name"], found["groups"].as_array().unwrap().len()), (&"contracts".into(), 6));
    assert_eq!(found["groups"][1]["title"], "transfer 9 20 50");
    assert!(found["groups"][1]["arms"][1]["counts"]["pages written"].as_u64().unwrap() > 0);
    let page = fs::read_to_string(world.path("pair/index.html")).unwrap();
    assert!(page.contains("What does token.mapped cost against token.slices?") && page.contains("<svg"));
    // The command that the report names does the same again.
    let command = data["command"].as_str().unwrap();
    assert!(
        command.ends_with(
            "--setup \"mint 1 50\" --call \"transfer -7 1 50\" --call \"transfer 9 20 50\" --pagers soft,eager --tiny"
        ),
        "{command}"
    );
}

#[test]
fn bench_of_contracts_that_do_not_agree_is_refused_with_what_differs() {
    let world = World::new();
    let (mapped, slices) = (workload("counter.mapped.wat"), workload("counter.slices.wat"));
    let text = fs::read_to_string(&slices).unwrap();
    let wrong = world.file("wrong.wat", text.replace("(i64.const 1)", "(i64.const 2)")).display().to_string();
    let bench = |against: &str, call: &str| {
        world.refusal(1, ["bench", "--tiny", "--contract", &mapped, "--against", against, "--call", call])
    };
    assert!(bench(&wrong, "increment").contains("the contracts differ"), "{}", bench(&wrong, "increment"));
    assert!(bench(&slices, "decrement").contains("exports no function \"decrement\"; it exports: increment"));
    assert!(bench(&slices, "increment 1").contains("should be 0, but is 1"));
    assert!(bench("absent.wat", "increment").contains("absent.wat"));
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
