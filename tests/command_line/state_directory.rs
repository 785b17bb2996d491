//! A state directory that is something else.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use xxhash_rust::xxh3::xxh3_64;

use super::support::{NOBODY, World, contract, texts};

/// Every command that needs a store refuses the directory, and says something.
#[track_caller]
fn assert_all_refuse(world: &World, says: &str) {
    let scenario = world.file("fund.jsonl", format!(r#"{{"fund": "{NOBODY}", "amount": 1}}"#));
    for arguments in [
        vec!["deploy", contract("counter.wat").to_str().unwrap()],
        vec!["run", scenario.to_str().unwrap()],
        vec!["call", NOBODY, "f"],
        vec!["call", NOBODY, "f", "--dry-run"],
        vec!["fund", NOBODY, "1"],
        vec!["account", NOBODY],
        vec!["read", NOBODY, "0", "1"],
        vec!["page", NOBODY, "0"],
        vec!["prove", NOBODY, "0", "--out", "proof"],
        vec!["check"],
    ] {
        let said = world.refusal(1, &arguments);
        assert!(said.contains(says) && said.contains(world.state().to_str().unwrap()), "{arguments:?}: {said}");
    }
}

#[test]
fn that_is_a_file_is_refused_and_left_alone() {
    let world = World::new();
    world.file("state", "mine");
    assert_all_refuse(&world, "not a directory");
    assert_eq!(fs::read(world.state()).unwrap(), b"mine");
}

#[test]
fn that_holds_other_files_is_refused_and_left_alone() {
    let world = World::new();
    fs::create_dir(world.state()).unwrap();
    world.file("state/mine", "mine");
    assert_all_refuse(&world, "is not a store");
    let names: Vec<_> = fs::read_dir(world.state()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["mine"]);
}

#[test]
fn whose_database_is_garbage_is_refused_and_left_alone() {
    let world = World::new();
    fs::create_dir(world.state()).unwrap();
    world.file("state/data.mdb", [7; 10_000]);
    assert_all_refuse(&world, "is not a store");
    assert_eq!(world.stored(), [7; 10_000]);
}

#[test]
fn that_is_not_there_is_made_by_deploy_and_run_alone() {
    let world = World::new();
    for arguments in [vec!["call", NOBODY, "f"], vec!["fund", NOBODY, "1"], vec!["account", NOBODY], vec!["check"]] {
        let said = world.refusal(1, arguments);
        assert!(said.contains("there is no store at") && said.contains(world.state().to_str().unwrap()), "{said}");
        assert!(!world.state().exists());
    }
    world.deploy("counter.wat");
    assert!(world.state().is_dir());
}

#[test]
fn of_another_format_is_refused_by_its_number() {
    let world = World::new();
    world.deploy("counter.wat");
    // The record of the format as design/storage.md draws it: magic, number, checksum over key and record.
    let record = |format: u8| {
        let body = [b"vellum store".as_slice(), &[format]].concat();
        let sum = xxh3_64(&body) ^ xxh3_64(b"\0format").rotate_left(32);
        [body, sum.to_le_bytes().to_vec()].concat()
    };
    let mut bytes = world.stored();
    let (ours, other) = (record(5), record(99));
    let places: Vec<_> = (0..bytes.len() - ours.len()).filter(|at| bytes[*at..].starts_with(&ours)).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + other.len()].copy_from_slice(&other);
    }
    fs::write(world.state().join("data.mdb"), &bytes).unwrap();
    assert_all_refuse(&world, "has format 99; this program reads format 5");
    assert_eq!(world.stored(), bytes);
}

#[test]
fn that_was_damaged_is_found_by_check() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    world.json(["call", &address, "add", "0x1122334455667788"]);
    let mut bytes = world.stored();
    let counter = 0x1122334455667788_u64.to_le_bytes();
    let places: Vec<_> = (0..bytes.len() - 8).filter(|at| bytes[*at..].starts_with(&counter)).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place] ^= 1;
    }
    fs::write(world.state().join("data.mdb"), bytes).unwrap();
    let output = world.output(["--json", "check"]);
    let (printed, said) = texts(&output);
    let report: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((output.status.code(), &report["ok"]), (Some(1), &serde_json::json!(false)));
    let problem = format!("page 0 of contract {address}: its checksum does not match");
    assert!(report["problems"].as_array().unwrap().contains(&problem.into()), "{report}");
    assert!(said.contains("has problems"), "{said}");
    // Its diff is damaged too, so that nothing leads to its version 1.
    let unsound = serde_json::json!([{ "address": address, "newest_is_sound": false, "last_sound_version": null }]);
    assert_eq!((&report["sound"], &report["unsound"]), (&serde_json::json!(0), &unsound));
    let (printed, _) = texts(&world.output(["check"]));
    assert!(printed.contains(&format!("unsound    {address}: no sound state of it is known\n")), "{printed}");
}

#[test]
fn whose_data_file_was_cut_short_is_damaged_and_no_command_dies_of_it() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    let lines: String = (0..64).map(|n| format!("{{\"fund\": \"0x{n:040x}\", \"amount\": 1}}\n")).collect();
    world.text(["run", world.file("fund.jsonl", lines).to_str().unwrap()]);
    world.json(["call", &address, "add", "1"]);
    let sound = world.stored();
    let commands = [
        vec!["check"],
        vec!["read", &address, "0", "8"],
        vec!["history", &address],
        vec!["call", &address, "add", "1"],
        vec!["fund", &address, "1"],
    ];
    for length in [2_000, 2 * 4_096, sound.len() / 2, sound.len() - 4_096, sound.len() - 1] {
        fs::write(world.state().join("data.mdb"), &sound[..length]).unwrap();
        for arguments in &commands {
            let output = world.output(["--json"].iter().chain(arguments));
            let (printed, said) = texts(&output);
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
            assert!(said.contains(&format!("it has {length} bytes, and its newest commit needs ")), "{said}");
            let failure: serde_json::Value = serde_json::from_str(&printed).unwrap();
            assert_eq!(failure["error"]["kind"], "damaged", "{failure}");
        }
    }
}

#[test]
fn whose_check_dies_has_a_problem() {
    let world = World::new();
    world.deploy("counter.wat");
    // The check is done by a child, which is killed as soon as it is there.
    for _ in 0..200 {
        let mut command = world.command(["--json", "check"]);
        let parent = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let children = format!("/proc/{0}/task/{0}/children", parent.id());
        let child =
            (0..100_000).find_map(|_| fs::read_to_string(&children).ok()?.split_whitespace().next()?.parse().ok());
        if let Some(child) = child.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(child, rustix::process::Signal::KILL);
        }
        let output = parent.wait_with_output().unwrap();
        let (printed, said) = texts(&output);
        let report: serde_json::Value = serde_json::from_str(&printed).unwrap();
        if report["ok"] == false {
            assert!(report["problems"][0].as_str().unwrap().contains("the check was aborted"), "{report}");
            assert_eq!((output.status.code(), &report["pages"]), (Some(1), &serde_json::Value::Null), "{said}");
            return;
        }
    }
    panic!("no child was killed in time");
}

#[test]
fn is_copied_by_backup() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    world.json(["call", &address, "add", "7"]);
    let copy = world.path("copy");
    // Commands run in the directory of the world, so `copy` is relative.
    let compact = world.path("copies/of/compact");
    for (options, name) in [(&["--compact"][..], compact.to_str().unwrap()), (&[], "copy")] {
        let directory = world.path("").join(name);
        let made = world.json(["backup", name].iter().chain(options));
        assert_eq!(made["commit"], 1);
        assert_eq!(made["bytes"], fs::metadata(directory.join("data.mdb")).unwrap().len());
    }
    let said = world.refusal(1, ["backup", copy.to_str().unwrap()]);
    assert!(said.contains("not empty"), "{said}");
    world.json(["call", &address, "add", "1"]);
    fs::rename(&copy, world.path("moved")).unwrap();
    fs::remove_dir_all(world.state()).unwrap();
    fs::rename(world.path("moved"), world.state()).unwrap();
    assert_eq!(world.json(["check"])["ok"], true);
    assert_eq!(world.json(["call", &address, "add", "1"])["results"], serde_json::json!(["8"]));
}

/// Runs a command as somebody who may not write the store: another user, where the tests may change theirs.
#[cfg(unix)]
fn as_a_stranger(world: &World, program: &Path, arguments: &[&str]) -> std::io::Result<std::process::Output> {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    let mut command = std::process::Command::new(program);
    command.arg("--state").arg(world.state()).args(arguments).env("XDG_CACHE_HOME", world.path("cache"));
    if fs::metadata(world.state())?.uid() == 0 {
        command.uid(65_534).gid(65_534);
    }
    command.output()
}

#[cfg(unix)]
#[test]
fn that_may_not_be_written_is_refused_by_what_writes() {
    use std::os::unix::fs::PermissionsExt;
    let allow = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let world = World::new();
    let address = world.deploy("counter.wat");
    let before = world.stored();
    // A stranger may not be allowed to reach the program where it was built.
    let program = world.path("vellum");
    // Another process copies it: what this one writes, a child of another test can still have open.
    let copied = std::process::Command::new("cp").arg(assert_cmd::cargo::cargo_bin!("vellum")).arg(&program).status();
    assert!(copied.unwrap().success());
    allow(&world.path(""), 0o755);
    for name in ["data.mdb", "lock.mdb", "vellum.lock"] {
        allow(&world.state().join(name), 0o444);
    }
    allow(&world.state(), 0o555);
    match as_a_stranger(&world, &program, &["doctor"]) {
        Ok(output) if output.status.success() => {}
        other => return eprintln!("skipped: another user cannot run the program here: {other:?}"),
    }
    for arguments in [vec!["call", &address, "add", "1"], vec!["fund", &address, "1"]] {
        let (printed, said) = texts(&as_a_stranger(&world, &program, &arguments).unwrap());
        assert_eq!(printed, "");
        assert!(said.contains(world.state().to_str().unwrap()) && said.contains("denied"), "{said}");
    }
    for arguments in
        [vec!["read", &address, "0", "8"], vec!["account", &address], vec!["check"], vec!["history", &address]]
    {
        let (printed, said) = texts(&as_a_stranger(&world, &program, &arguments).unwrap());
        assert_eq!(printed, "");
        assert!(said.contains("lock.mdb") && said.contains("write permission") && said.contains("--no-lock"), "{said}");
        let without_lock = [vec!["--no-lock"], arguments.clone()].concat();
        let (printed, said) = texts(&as_a_stranger(&world, &program, &without_lock).unwrap());
        assert_eq!((said.as_str(), printed), ("", world.text(arguments)));
    }
    let said = world.refusal(2, ["--no-lock", "call", &address, "add", "1"]);
    assert!(said.contains("only read"), "{said}");
    allow(&world.state(), 0o755);
    assert!(world.stored() == before);
}
