//! `vellum fuzz` and `vellum replay`.

use serde_json::Value;

use super::support::World;

#[test]
fn a_seed_runs_the_same_scenarios_again_and_says_what_they_reached() {
    let world = World::new();
    let run =
        |target: &str| world.json(["fuzz", "--seed", "7", "--runs", "40", "--pagers", "soft", "--target", target]);
    for target in ["pagers_agree", "reentry", "mapped_vs_slices"] {
        let (first, second) = (run(target), run(target));
        assert_eq!((&first["seed"], &first["scenarios"]), (&Value::from(7), &Value::from(40)));
        assert_eq!(first["reached"], second["reached"]);
        assert_eq!(first["found"], Value::Null);
        for count in ["nested_deep", "reentered_after_writing", "nested_failed_after_writing", "read_only", "paid"] {
            assert!(first["reached"][count].as_u64().unwrap() > 0, "{target} {count}: {first}");
        }
    }
    for target in ["prepare", "decode", "store"] {
        assert_eq!(run(target)["scenarios"], 40);
    }
    let store = run("store");
    for count in ["commits", "rolled_back", "pruned", "failed", "reopened", "killed", "torn"] {
        assert!(store["reached"][count].as_u64().unwrap() > 0, "{count}");
    }
}

#[test]
fn without_a_seed_one_is_taken_and_printed_and_every_pager_takes_part() {
    let world = World::new();
    let text = world.text(["fuzz", "--runs", "5"]);
    let seed = text.lines().find_map(|line| line.strip_prefix("seed")).unwrap().trim();
    let again = world.text(["fuzz", "--runs", "5", "--seed", seed]);
    let without_time =
        |text: &str| text.lines().filter(|line| !line.starts_with("scenarios")).collect::<Vec<_>>().join("\n");
    assert_eq!(without_time(&text), without_time(&again));
    assert!(
        text.contains("soft, resident") && text.contains("scenarios  5 in ") && text.contains(" a second"),
        "{text}"
    );
    assert!(text.contains("found      nothing"), "{text}");
}

#[test]
fn it_ends_when_its_time_is_over() {
    let world = World::new();
    let json = world.json(["fuzz", "--time", "1s", "--pagers", "soft"]);
    let seconds = json["seconds"].as_f64().unwrap();
    assert!((1.0..60.0).contains(&seconds), "{json}");
    assert!(json["scenarios"].as_u64().unwrap() > 0 && json["scenarios_per_second"].as_f64().unwrap() > 0.0, "{json}");
}

#[test]
fn what_cannot_be_fuzzed_is_refused() {
    let world = World::new();
    for (arguments, said) in [
        (["--time", "soon"], "as 30, 30s or 2m"),
        (["--time", "0"], "as 30, 30s or 2m"),
        (["--runs", "-1"], "-1"),
        (["--seed", "x"], "not an integer"),
        (["--pagers", "soft,sof"], "sof"),
        (["--target", "pager"], "pagers_agree"),
    ] {
        let refusal = world.refusal(2, ["fuzz"].into_iter().chain(arguments));
        assert!(refusal.contains(said), "{refusal}");
    }
    let file = world.file("taken", "");
    let refusal = world.refusal(1, ["replay", file.to_str().unwrap()]);
    assert!(refusal.contains("taken:1: the first line of a scenario must be \"vellum scenario\""), "{refusal}");
    let refusal = world.refusal(1, ["replay", "nowhere"]);
    assert!(refusal.contains("reading nowhere"), "{refusal}");
}

#[test]
fn a_saved_scenario_runs_again() {
    let world = World::new();
    let file = world.file("small.scenario", "# Nothing much.\nvellum scenario\ntransaction pager=soft commit=1 short_of_gas=0 value=0\n  store8 at=5 value=7\n");
    let text = world.text(["replay", file.to_str().unwrap()]);
    assert!(text.contains("1 transactions under ") && text.contains("fails      no"), "{text}");
    assert_eq!(world.json(["replay", file.to_str().unwrap()])["fails"], Value::Null);
}

#[test]
fn steps_of_a_store_a_module_and_bytes_run_again_too() {
    let world = World::new();
    let steps = "# A story.\nvellum store\nwrite failing=3 then=kill\n  page contract=1 index=7 content=full byte=3 at=0\n\
                 roll_back contract=1 to=0 failing=0 then=tear:77\nprune contract=1 to=2 failing=0 then=reopen\n";
    // A module that exports a function which gives 7.
    let module =
        b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x02\x01\0\x07\x05\x01\x01f\0\0\x0a\x06\x01\x04\0\x41\x07\x0b";
    for (name, content, ran) in
        [("a.store", steps.as_bytes(), "store"), ("a.wasm", module, "module"), ("a.bytes", b"\xff\xfe", "bytes")]
    {
        let file = world.file(name, content);
        assert_eq!(world.json(["replay", file.to_str().unwrap()]), serde_json::json!({ "ran": ran, "fails": null }));
    }
    let file = world.file("b.store", "vellum store\n\nfund contract=1 amount=1000 failing=0 then=go_on\n");
    let refusal = world.refusal(1, ["replay", file.to_str().unwrap()]);
    assert!(refusal.contains("b.store:3: \"1000\" must be a number below 256"), "{refusal}");
    let file = world.file("what.ever", b"\xff\xfe");
    assert!(world.refusal(1, ["replay", file.to_str().unwrap()]).contains("reading "));
}
