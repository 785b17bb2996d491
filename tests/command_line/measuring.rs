//! The commands that measure, with the smallest sizes: everything runs, but the numbers mean nothing.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use vellum::lab::experiments::ALL;

use super::schema::Schema;
use super::support::World;

/// A run takes time, so one run serves all checks of a report.
#[test]
fn a_report_is_written_and_can_be_made_again_from_its_data() {
    let world = World::new();
    let out = world.path("report");
    let printed = world.json(["report", "--tiny", "--out", out.to_str().unwrap()]);
    assert!(!printed["sentences"].as_array().unwrap().is_empty());
    assert!(!world.state().exists());
    let read = |path: &str| fs::read_to_string(world.path(path)).unwrap();
    let data: Value = serde_json::from_str(&read("report/data.json")).unwrap();
    Schema::published().check(&data).unwrap();
    medians_are_those_of_the_page(&data, &read("report/index.html"));
    let from = out.join("data.json").display().to_string();
    let again = world.json(["report", "--from", &from, "--out", world.path("again").to_str().unwrap()]);
    assert_eq!(again["sentences"], printed["sentences"]);
    for file in ["index.html", "data.json", "summary.csv"] {
        assert!(read(&format!("report/{file}")) == read(&format!("again/{file}")), "{file} is not the same again");
    }
    compared_with_itself_nothing_differs(&world, &from);
    damaged_data_is_refused(&world, &data);
    peers_join_the_report(&world, &data, &from);
    a_whole_run_is_resumed_without_measuring(&world, &out, &data);
}

/// Resumes a complete run: there is nothing to measure.
fn a_whole_run_is_resumed_without_measuring(world: &World, out: &Path, data: &Value) {
    let out = out.to_str().unwrap();
    world.json(["report", "--tiny", "--out", out, "--resume"]);
    let again: Value = serde_json::from_str(&fs::read_to_string(world.path("report/data.json")).unwrap()).unwrap();
    assert_eq!(again["experiments"], data["experiments"]);
    let other = world.refusal(1, ["report", "--tiny", "--set", "seed=7", "--out", out, "--resume"]);
    assert!(other.contains("cannot be resumed: it was made with other settings"), "{other}");
    let nowhere = world.path("nowhere").display().to_string();
    assert!(world.refusal(1, ["report", "--tiny", "--out", &nowhere, "--resume"]).contains("nowhere"));
}

/// A run is killed after its first experiment. Each experiment takes a second or more.
#[cfg(unix)]
#[test]
fn a_killed_run_is_resumed_with_its_complete_experiments() {
    let world = World::new();
    let (out, scratch) = (world.path("report"), world.path("scratch"));
    fs::create_dir(&scratch).unwrap();
    let arguments = ["report", "--tiny", "--out", out.to_str().unwrap()];
    let mut command = world.command([&["--json"][..], &arguments].concat());
    let mut child = command.env("TMPDIR", &scratch).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while !out.join("data.json").exists() {
        assert!(Instant::now() < patience && child.try_wait().unwrap().is_none(), "no checkpoint is written");
        sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    let data = || -> Value { serde_json::from_str(&fs::read_to_string(out.join("data.json")).unwrap()).unwrap() };
    let before = data();
    Schema::published().check(&before).unwrap();
    let measured = before["experiments"].as_array().unwrap();
    assert!((1..ALL.len()).contains(&measured.len()) && !out.join("index.html").exists());

    let resume = [&arguments[..], &["--resume"]].concat();
    let refused = world.refusal(1, [&resume[..], &["--set", "rounds=6"]].concat());
    assert!(refused.contains("cannot be resumed: it was made with other settings"), "{refused}");
    assert_eq!(data(), before);

    world.json(&resume);
    let after = data();
    Schema::published().check(&after).unwrap();
    let whole = after["experiments"].as_array().unwrap();
    assert_eq!((whole.len(), &after["unfinished"]), (ALL.len(), &serde_json::json!([])));
    assert_eq!(whole[..measured.len()], measured[..]);
    let taken = |data: &Value| data["taken"].as_array().unwrap().clone();
    assert_eq!(taken(&after)[..measured.len()], taken(&before)[..]);
    assert_eq!((taken(&after).len(), &after["started"]), (ALL.len(), &before["started"]));
    assert!(after["seconds"].as_f64().unwrap() > before["seconds"].as_f64().unwrap());
    assert!(out.join("index.html").exists());
}

#[test]
fn settings_are_taken_from_a_file_and_from_the_command_line_and_are_in_the_data() {
    let world = World::new();
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lab/settings/tiny.json");
    let text = fs::read_to_string(&tiny).unwrap();
    let file = world.file("lab.json", text.replace("\"seed\": 0", "\"seed\": 9")).display().to_string();
    let data = world.json(["bench", "durability", "--config", &file, "--set", "rounds=6"]);
    assert_eq!((&data["settings"]["seed"], &data["settings"]["rounds"]), (&9.into(), &6.into()));
    let samples = data["experiments"][0]["groups"][0]["arms"][0]["samples_ns"].as_array().unwrap();
    assert_eq!(samples.len(), 6);
    assert_eq!(data["command"], format!("vellum bench durability --config {file} --set rounds=6"));
    let wrong = world.file("wrong.json", text.replace("seed", "seeds")).display().to_string();
    let refused = world.refusal(1, ["report", "--config", &wrong]);
    assert!(refused.contains("wrong.json: unknown field `seeds`, expected one of `rounds`"), "{refused}");
    let refused = world.refusal(1, ["report", "--set", "round=6"]);
    assert!(refused.contains("no setting is called \"round\"; there are: rounds, layings, sample_us"), "{refused}");
}

/// Data without performance counters and without the durations of experiments.
#[test]
fn data_without_optional_fields_is_shown_without_them() {
    let world = World::new();
    let findings = Path::new(env!("CARGO_MANIFEST_DIR")).join("design/findings.data.json");
    let mut less: Value = serde_json::from_str(&fs::read_to_string(findings).unwrap()).unwrap();
    assert!(less.as_object_mut().unwrap().remove("taken").is_some());
    let events = less["environment"].as_object_mut().unwrap().remove("events").unwrap();
    less["peers"]["environment"].as_object_mut().unwrap().remove("events").unwrap();
    let mut removed = 0;
    for experiment in less["experiments"].as_array_mut().unwrap() {
        for arm in
            experiment["groups"].as_array_mut().unwrap().iter_mut().flat_map(|it| it["arms"].as_array_mut().unwrap())
        {
            let counts = arm["counts"].as_object_mut().unwrap();
            let before = counts.len();
            counts.retain(|name, _| events.get(name).is_none());
            removed += before - counts.len();
        }
    }
    assert!(removed > 0);
    let data = world.file("less.json", less.to_string());
    world.json(["report", "--from", data.to_str().unwrap(), "--out", world.path("again").to_str().unwrap()]);
    assert!(fs::read(world.path("again/data.json")).unwrap() == fs::read(&data).unwrap());
    let page = fs::read_to_string(world.path("again/index.html")).unwrap();
    assert!(page.contains("<td class=\"words\">unknown</td>") && !page.contains("page faults (user)"));
}

/// Computes the medians from the file alone, as a sceptical reader would do.
fn medians_are_those_of_the_page(data: &Value, page: &str) {
    let texts = page.split("<b>").skip(1).map(|rest| rest.split("</b>").next().unwrap());
    let shown: Vec<(f64, &str)> = texts
        .filter_map(|text| text.split_once(' '))
        .filter_map(|(value, unit)| Some((value.parse().ok()?, unit)))
        .collect();
    let mut compared = 0;
    for group in data["experiments"].as_array().unwrap().iter().flat_map(|e| e["groups"].as_array().unwrap()) {
        for arm in group["arms"].as_array().unwrap() {
            let mut samples: Vec<f64> =
                arm["samples_ns"].as_array().unwrap().iter().map(|sample| sample.as_f64().unwrap()).collect();
            samples.sort_by(|a, b| a.partial_cmp(b).unwrap());
            let median = (samples[(samples.len() - 1) / 2] + samples[samples.len() / 2]) / 2.0;
            assert_eq!(median, arm["median_ns"].as_f64().unwrap(), "{arm}");
            let [mut number, mut unit] = [median, 0.0];
            while number >= 1_000.0 && unit < 3.0 {
                [number, unit] = [number / 1_000.0, unit + 1.0];
            }
            let unit = ["ns", "µs", "ms", "s"][unit as usize];
            let close = |value: f64| (value - number).abs() <= 0.006 * number.abs() + 0.000_06;
            let found = shown.iter().any(|(value, of)| *of == unit && close(*value));
            assert!(found, "{number} {unit} is not on the page: {arm}");
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
}

fn compared_with_itself_nothing_differs(world: &World, data: &str) {
    let out = world.path("compared").display().to_string();
    let compared = world.json(["report", "--compare", data, data, "--out", &out]);
    for row in compared["rows"].as_array().unwrap() {
        assert!(row["verdict"].is_null() || row["verdict"] == "no_difference", "{row}");
        assert_eq!(row["counts"], serde_json::json!({}));
    }
    assert_eq!(compared["alone"], serde_json::json!([[], []]));
    assert_eq!(compared["environment"], serde_json::json!([]));
    assert!(fs::read_to_string(world.path("compared/comparison.html")).unwrap().contains("<svg"));
}

fn damaged_data_is_refused(world: &World, data: &Value) {
    let refusal = |data: String| {
        let file = world.file("data.json", data).display().to_string();
        let said = world.refusal(1, ["report", "--from", &file, "--out", world.path("never").to_str().unwrap()]);
        assert!(said.contains(&file), "{said}");
        said
    };
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut data = data.clone();
        change(&mut data);
        assert!(
            Schema::published().check(&data).is_err()
                || data["experiments"][0]["groups"][0]["arms"][0]["median_ns"] == 1.5
        );
        refusal(data.to_string())
    };
    let text = data.to_string();
    assert!(refusal(text[..text.len() / 2].to_owned()).contains("it is damaged, or no data of a report: "));
    assert!(refusal("{}".to_owned()).contains("its \"schema\" should be \"vellum-lab-report\", but there is none"));
    assert!(changed(&|data| data["version"] = 4.into()).contains("its \"version\" should be 3 or 2, but it is 4"));
    assert!(changed(&|data| data["more"] = 1.into()).contains("unknown field `more`"));
    let arm = |data: &mut Value, name: &str, value: Value| data["experiments"][0]["groups"][0]["arms"][0][name] = value;
    assert!(changed(&|data| arm(data, "batch", "many".into())).contains("invalid type"));
    assert!(changed(&|data| arm(data, "median_ns", 1.5.into())).contains("do not follow from its samples"));
    assert!(!world.path("never").exists());
}

/// A file of peers with the samples of another experiment.
fn run_of_peers(data: &Value) -> Value {
    let mut findings =
        data["experiments"].as_array().unwrap().iter().find(|found| found["name"] == "call").unwrap().clone();
    findings["name"] = "peers".into();
    let mut arms: Vec<&Value> = Vec::new();
    for arm in findings["groups"].as_array().unwrap().iter().flat_map(|group| group["arms"].as_array().unwrap()) {
        if !arms.contains(&&arm["name"]) {
            arms.push(&arm["name"]);
        }
    }
    let words = |name: &&Value| {
        let known = serde_json::json!({"version": "1", "state": "a key", "commitment": "the root of a trie", "durability": "lost", "metering": "gas", "setup": "warm"});
        let mut peer = known.as_object().unwrap().clone();
        peer.insert("name".to_owned(), (*name).clone());
        peer
    };
    let peers: Vec<_> = arms.iter().map(words).collect();
    let mut run = serde_json::json!({"command": "cargo run", "peers": peers, "missing": ["one (not built)"]});
    for same in ["started", "seconds", "rounds", "sample_ns", "clock_step_ns", "environment"] {
        run[same] = data[same].clone();
    }
    serde_json::json!({"schema": "vellum-lab-peers", "version": 2, "run": run, "findings": findings})
}

fn peers_join_the_report(world: &World, data: &Value, from: &str) {
    assert!(data["missing"][0].as_str().unwrap().contains("benches/peers/Cargo.toml"), "{}", data["missing"]);
    let peers = run_of_peers(data);
    let file = world.file("peers.json", peers.to_string()).display().to_string();
    let out = world.path("joined").display().to_string();
    let printed = world.json(["report", "--from", from, "--peers", &file, "--out", &out]);
    assert_eq!(printed["missing"], serde_json::json!(["peers: one (not built)"]));
    let read = |path: &str| fs::read_to_string(world.path(path)).unwrap();
    let joined: Value = serde_json::from_str(&read("joined/data.json")).unwrap();
    Schema::published().check(&joined).unwrap();
    medians_are_those_of_the_page(&joined, &read("joined/index.html"));
    assert!(read("joined/index.html").contains("the root of a trie"));
    let again = world.path("joined-again").display().to_string();
    world.json(["report", "--from", &format!("{out}/data.json"), "--out", &again]);
    for name in ["index.html", "data.json", "summary.csv"] {
        assert!(
            read(&format!("joined/{name}")) == read(&format!("joined-again/{name}")),
            "{name} is not the same again"
        );
    }
    let never = world.path("never").display().to_string();
    let said = world.refusal(1, ["report", "--tiny", "--peers", from, "--out", &never]);
    assert!(said.contains("its \"schema\" should be \"vellum-lab-peers\""), "{said}");
    assert!(!world.path("never").exists());
}

/// The command that the README gives for its picture.
#[test]
fn the_picture_of_the_readme_is_what_report_makes_of_the_data_of_the_findings() {
    let world = World::new();
    let design = Path::new(env!("CARGO_MANIFEST_DIR")).join("design");
    let data = design.join("findings.data.json").display().to_string();
    let [out, pictures] = ["report", "pictures"].map(|name| world.path(name).display().to_string());
    world.json(["report", "--from", &data, "--out", &out, "--picture", &pictures]);
    for name in ["overview-light.svg", "overview-dark.svg"] {
        let [made, shown] =
            [Path::new(&pictures), &design].map(|folder| fs::read_to_string(folder.join(name)).unwrap());
        assert!(made == shown, "{name} should be made again: vellum report --from {data} --picture design");
        assert!(shown.len() < 60_000, "{name} has {} bytes", shown.len());
    }
}

#[test]
fn bench_runs_the_named_experiments() {
    let world = World::new();
    let data = world.json(["bench", "access", "--tiny"]);
    let names: Vec<_> = data["experiments"].as_array().unwrap().iter().map(|found| found["name"].clone()).collect();
    assert_eq!(names, ["access"]);
    assert_eq!(data["command"], "vellum bench access --tiny");
    assert!(world.text(["bench", "access", "--tiny"]).contains("access: "));
}

/// The path of a workload's contract.
fn workload(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lab/workloads").join(name).display().to_string()
}

#[test]
fn bench_compares_two_contracts_of_the_user() {
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
    assert!(page.contains("What does token.mapped cost, compared with token.slices?") && page.contains("<svg"));
    // The report names the command that repeats the run.
    let command = data["command"].as_str().unwrap();
    assert!(
        command.ends_with(
            "--setup 'mint 1 50' --call 'transfer -7 1 50' --call 'transfer 9 20 50' --pagers soft,eager --tiny"
        ),
        "{command}"
    );
}

#[test]
fn bench_of_contracts_that_do_not_agree_is_refused_with_the_difference() {
    let world = World::new();
    let (mapped, slices) = (workload("counter.mapped.wat"), workload("counter.slices.wat"));
    let text = fs::read_to_string(&slices).unwrap();
    let wrong = world.file("wrong.wat", text.replace("(i64.const 1)", "(i64.const 2)")).display().to_string();
    let bench = |against: &str, call: &str| {
        world.refusal(1, ["bench", "--tiny", "--contract", &mapped, "--against", against, "--call", call])
    };
    assert!(bench(&wrong, "increment").contains("the contracts differ"), "{}", bench(&wrong, "increment"));
    assert!(bench(&slices, "decrement").contains("exports no function \"decrement\"; it exports: increment"));
    assert!(bench(&slices, "increment 1").contains("must be 0, but is 1"));
    assert!(bench("absent.wat", "increment").contains("absent.wat"));
}
