//! Every command under limits of the host: address space, file descriptors, the length of files, and a full disk. A command works, or
//! says what it lacks; it never dies of a signal or a panic, and leaves the store as it should be.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::support::{NOBODY, World, contract, texts};

/// A store, and files for each command.
struct Prepared {
    world: World,
    commands: Vec<Vec<String>>,
}

/// Makes a store of a contract with some versions, and lists a command of each kind.
fn prepared() -> Prepared {
    let world = World::new();
    let address = world.deploy("counter.wat");
    (0..3).for_each(|_| drop(world.text(["call", &address, "add", "1"])));
    let path = |name: &str| world.path(name).display().to_string();
    let counter = contract("counter.wat").display().to_string();
    let (diffs, proof) = (path("diffs"), path("proof"));
    world.text(["export-diffs", &address, "--from", "2", "--out", &diffs]);
    let state = world.json(["prove", &address, "0", "--out", &proof])["state"].as_str().unwrap().to_owned();
    let line = format!("{{\"call\": \"{address}\", \"function\": \"add\", \"args\": [1]}}\n");
    let scenario = world.file("scenario.jsonl", line).display().to_string();
    let replayed = world.file("replayed.jsonl", format!("{{\"deploy\": \"{counter}\"}}\n")).display().to_string();
    let text = format!(
        "deploy {counter} --nonce 1|call {address} add 1|call {address} get --dry-run|call {address} add 1 --pager eager|\
         call {address} add 1 --pager resident|call {address} get --at 1|run {scenario}|fund {NOBODY} 1|account {address}|\
         read {address} 0 16|page {address} 0|history {address}|diff {address} 0 1|rollback {address} 1|\
         prune {address} --before 1|export-diffs {address} --out {}|apply-diffs {diffs}|receipt 1|block 1|events|\
         prove {address} 0 --out {}|verify-proof {proof} --root {state}|check|doctor|imports|\
         fuzz --runs 2 --seed 1 --pagers soft|fuzz --target store --runs 1 --seed 1|replay {replayed}|completions bash|man {}|\
         report --from {} --out {}",
        path("diffs.out"),
        path("proof.out"),
        path("man"),
        Path::new(env!("CARGO_MANIFEST_DIR")).join("design/findings.data.json").display(),
        path("report.out")
    );
    let commands = text.split('|').map(|line| line.split(' ').map(str::to_owned).collect()).collect();
    Prepared { world, commands }
}

/// Verifies how a command ended, and returns whether it succeeded.
#[track_caller]
fn ended_well(output: &Output, what: &str) -> bool {
    let (_, said) = texts(output);
    assert!(!said.contains("panicked") && !said.contains("memory allocation"), "{what}: {said}");
    match output.status.code() {
        Some(0) => true,
        Some(1) => {
            assert!(said.starts_with("error: ") || said.contains("\nerror: "), "{what}: {said}");
            false
        }
        _ => panic!("{what}: {:?}: {said}", output.status),
    }
}

impl Prepared {
    /// Runs a command with a limit, an option of `ulimit`.
    fn under_limit(&self, limit: &str, arguments: &[String]) -> Output {
        let plain = self.world.command(arguments);
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("ulimit {limit} && exec \"$0\" \"$@\"")).arg(plain.get_program());
        command.args(plain.get_args()).current_dir(self.world.path(""));
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.output().unwrap()
    }

    /// Runs each command with a limit, an option of `ulimit`, and returns the failures.
    fn under(&self, limit: &str) -> Vec<(String, String)> {
        let mut failures = Vec::new();
        for arguments in &self.commands {
            let what = format!("{limit}: {}", arguments.join(" "));
            let output = self.under_limit(limit, arguments);
            if !ended_well(&output, &what) {
                failures.push((what, texts(&output).1));
            }
        }
        assert_eq!(self.world.json(["check"])["ok"], true, "{limit}");
        failures
    }
}

/// Returns the failures that are not those of an input, as the commands run more than once on one store.
fn of_the_host(failures: Vec<(String, String)>) -> Vec<(String, String)> {
    let expected = ["already", "does not fit", "was pruned", "no block", "no version"];
    failures.into_iter().filter(|(_, said)| !expected.iter().any(|text| said.contains(text))).collect()
}

#[test]
fn a_limit_to_address_space_refuses_a_command_in_words_or_lets_it_work() {
    let prepared = prepared();
    for (mib, works) in [(100, false), (200, false), (9 << 10, false), (14 << 10, true), (36 << 10, true)] {
        let failures = of_the_host(prepared.under(&format!("-v {}", mib << 10)));
        for (what, said) in &failures {
            assert!(said.contains("RLIMIT_AS") || said.contains("memory"), "{what}: {said}");
        }
        assert!(!works || failures.is_empty(), "{failures:?}");
        let store_is_read = !failures.iter().any(|(what, _)| what.contains(": read ") || what.contains(": account "));
        assert!(mib < 200 || store_is_read, "{mib} MiB: {failures:?}");
    }
    let call = |gib: u64| {
        let mut command = Command::new("sh");
        let program = assert_cmd::cargo::cargo_bin!("vellum");
        command.arg("-c").arg(format!("ulimit -v {} && exec \"$0\" \"$@\"", gib << 20)).arg(program);
        let address = &prepared.commands[1][1];
        command.arg("--state").arg(prepared.world.state()).args(["call", address, "add", "1"]).output().unwrap()
    };
    for gib in [8, 12, 13, 15, 16, 17, 20, 24, 28, 32, 35, 36, 40, 64, 66, 70, 130, 300, 5_000] {
        let output = call(gib);
        let is_done = ended_well(&output, &format!("{gib} GiB"));
        let said = texts(&output).1;
        assert!(is_done == (gib >= 13), "{gib} GiB: {said}");
        let limit = format!("4 GiB of address space were refused: this process is limited to {gib} GiB (RLIMIT_AS)");
        assert!(is_done || said.contains(&limit), "{gib} GiB: {said}");
    }
}

#[test]
fn a_limit_to_file_descriptors_refuses_a_command_in_words_or_lets_it_work() {
    let prepared = prepared();
    for descriptors in [4, 5, 6, 7, 8, 10, 24] {
        let failures = of_the_host(prepared.under(&format!("-n {descriptors}")));
        for (what, said) in &failures {
            let names_it =
                ["Too many open files", "os error 24", "file descriptors"].iter().any(|text| said.contains(text));
            assert!(names_it && !said.contains("mount -t proc"), "{what}: {said}");
        }
        assert!(descriptors < 24 || failures.is_empty(), "{failures:?}");
        let doctor = prepared.under_limit(&format!("-n {descriptors}"), &["doctor".to_owned()]);
        let (printed, _) = texts(&doctor);
        assert!(!printed.contains("mount -t proc") && !printed.contains("CONFIG_PERF"), "{printed}");
        assert!(!printed.contains("Too many open files") || printed.contains("(RLIMIT_NOFILE)"), "{printed}");
    }
}

#[test]
fn a_limit_to_the_length_of_files_refuses_a_command_in_words_or_lets_it_work() {
    let prepared = prepared();
    for blocks in [0, 1, 8, 64, 2_048, 65_536] {
        let failures = of_the_host(prepared.under(&format!("-f {blocks}")));
        for (what, said) in &failures {
            let names_it =
                ["File too large", "no space left", "File size limit"].iter().any(|text| said.contains(text));
            assert!(names_it, "{what}: {said}");
        }
        assert!(blocks < 65_536 || failures.is_empty(), "{failures:?}");
    }
}

/// Runs a script as root of namespaces of its own, in which it may mount. Returns `None` where that is not allowed.
fn in_namespaces(script: &str) -> Option<Output> {
    let output = Command::new("unshare").args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).output();
    let output = output.or_else(|_| Command::new("sh").args(["-c", "exit 99"]).output()).unwrap();
    (output.status.code() == Some(0)).then_some(output)
}

#[test]
fn a_full_disk_refuses_a_command_in_words_and_leaves_the_store_as_it_was() {
    let prepared = prepared();
    let small = prepared.world.path("small");
    fs::create_dir(&small).unwrap();
    let small = small.display();
    if in_namespaces(&format!("mount -t tmpfs -o size=4m small {small}")).is_none() {
        return eprintln!("skipped: this user may not mount in a namespace of its own");
    }
    let (program, state) = (assert_cmd::cargo::cargo_bin!("vellum"), prepared.world.state());
    let (program, state) = (program.display(), state.display());
    let directory = prepared.world.path("").display().to_string();
    for free_kib in [0, 8, 64, 256] {
        // The files that commands write go to the small file system too.
        let runs: String = prepared.commands.iter().map(|arguments| {
            let words: Vec<String> = arguments.iter().map(|word| match word.strip_prefix(&directory) {
                Some(name) if name.ends_with(".out") || name == "man" => format!("{small}/{name}"),
                _ => word.clone(),
            }).collect();
            let words = words.join(" ");
            format!("echo '# {words}'; {program} --state {small}/state {words} >/dev/null 2>{directory}/said; echo \"$?\"; cat {directory}/said\n")
        }).collect();
        let script = format!(
            "mount -t tmpfs -o size=4m small {small} && cp -r {state} {small}/state && cd {small} && export TMPDIR={small}\n\
             export XDG_CACHE_HOME={directory}/cache\n\
             dd if=/dev/zero of={small}/filler bs=1k 2>/dev/null; truncate -s -{free_kib}k {small}/filler\n{runs}\n\
             rm {small}/filler; find {small} -name '*.partial'; {program} --state {small}/state --json check"
        );
        let (printed, said) = texts(&in_namespaces(&script).unwrap());
        assert!(printed.contains(r#"{"ok":true"#), "{free_kib} KiB: {printed} {said}");
        for run in printed.split("# ").skip(1) {
            let mut lines = run.lines();
            let (what, status) = (lines.next().unwrap(), lines.next().unwrap());
            let rest = lines.collect::<Vec<_>>().join("\n");
            assert!(
                ["0", "1"].contains(&status) && !rest.contains("panicked"),
                "{free_kib} KiB: {what}: {status}: {rest}"
            );
            assert!(status == "0" || rest.contains("error: "), "{free_kib} KiB: {what}: {rest}");
            assert!(!run.contains(".partial"), "{run}");
        }
    }
}
