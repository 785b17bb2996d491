//! How often the intervals of a run hold the centre of many runs on this host. The test takes minutes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::support::World;

/// Runs, each in its own process.
const RUNS: usize = 40;

/// The ratios of a run with these layings and rounds, each with the ends of its interval, by table, row and arm.
fn ratios(world: &World, layings: u32, rounds: u32) -> BTreeMap<String, [f64; 3]> {
    let (layings, rounds) = (format!("layings={layings}"), format!("rounds={rounds}"));
    let workloads = r#"workloads=[{"name":"counter"},{"name":"token","accounts":4096,"transfers":1}]"#;
    let mut arguments = vec!["bench", "call"];
    for setting in [&layings, &rounds, "sample_us=2000", r#"pagers=["soft"]"#, workloads] {
        arguments.extend(["--set", setting]);
    }
    let data = world.json(arguments);
    let mut found = BTreeMap::new();
    for group in data["experiments"][0]["groups"].as_array().unwrap() {
        for arm in group["arms"].as_array().unwrap().iter().filter(|arm| !arm["ratio"].is_null()) {
            let number = |value: &Value| value.as_f64().unwrap();
            let ratio = &arm["ratio"];
            let ends = [&ratio["value"], &ratio["interval"]["low"], &ratio["interval"]["high"]].map(number);
            found.insert(format!("{}, {}, {}", group["section"], group["title"], arm["name"]), ends);
        }
    }
    found
}

/// How many per cent of the intervals hold the median of all runs.
fn coverage(runs: &[BTreeMap<String, [f64; 3]>]) -> f64 {
    let (mut held, mut all) = (0, 0);
    for name in runs[0].keys() {
        let found: Vec<[f64; 3]> = runs.iter().filter_map(|run| run.get(name).copied()).collect();
        let mut values: Vec<f64> = found.iter().map(|[value, ..]| *value).collect();
        values.sort_by(f64::total_cmp);
        let reference = values[values.len() / 2];
        let holding = found.iter().filter(|[_, low, high]| (*low..=*high).contains(&reference)).count();
        let mut widths: Vec<f64> = found.iter().map(|[_, low, high]| (high / low).ln() * 50.0).collect();
        widths.sort_by(f64::total_cmp);
        let width = widths[widths.len() / 2];
        println!("  {name}: {reference:.3}, held by {holding} of {}, {width:.1} % to each side", found.len());
        (held, all) = (held + holding, all + found.len());
    }
    100.0 * f64::from(held as u32) / f64::from(all as u32)
}

#[test]
#[ignore = "measures for minutes"]
fn intervals_of_a_run_hold_the_median_of_many_runs() {
    let world = World::new();
    let mut found = Vec::new();
    for (layings, rounds) in [(1, 27), (3, 12), (7, 84)] {
        let runs: Vec<_> = (0..RUNS).map(|_| ratios(&world, layings, rounds)).collect();
        let coverage = coverage(&runs);
        println!("{layings} layings, {rounds} rounds: {coverage:.1} % of the intervals of {RUNS} runs");
        found.push(coverage);
    }
    assert!(found[1] >= 80.0 && found[2] >= 85.0, "{found:?}");
}
