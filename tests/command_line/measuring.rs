//! The commands that measure, with sizes at which nothing is worth reading but everything happens.

use std::fs;

use super::support::World;

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
