//! A second process: this test binary again, running the one test below, which does what its environment says.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::crash::commit_for_ever;
use super::full::{Limit, fill_up_to_a_limit};
use super::space::read_beside;
use super::*;
use crate::limits::CALL_ADDRESS_SPACE_BYTES;

const TASK: &str = "VELLUM_TEST_TASK";
const STORE: &str = "VELLUM_TEST_STORE";
const ANSWER: &str = "answer: ";

pub(super) struct SecondProcess {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl SecondProcess {
    pub(super) fn start(task: &str, store: &Path) -> Self {
        Self::start_as(Command::new(std::env::current_exe().unwrap()), task, store)
    }

    pub(super) fn start_as(mut command: Command, task: &str, store: &Path) -> Self {
        let test = concat!(module_path!(), "::second_process").split_once("::").unwrap().1;
        command.args(["--ignored", "--exact", test, "--nocapture"]).env(TASK, task).env(STORE, store);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, stdin, stdout }
    }

    pub(super) fn answer(&mut self) -> String {
        let mut line = String::new();
        while self.stdout.read_line(&mut line).unwrap() > 0 {
            if let Some((_, answer)) = line.split_once(ANSWER) {
                return answer.trim_end().to_owned();
            }
            line.clear();
        }
        panic!("the second process ended without an answer");
    }

    pub(super) fn go_on(&mut self) {
        self.stdin.write_all(b"\n").unwrap();
    }

    /// Ends it as a power switch would.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Copies this test binary to a directory that other users can read. Another process makes the copy: what this one writes, a child that
/// another test starts can still have open, and then it cannot be executed.
pub(super) fn copy_of_this_binary(directory: &Path) -> PathBuf {
    let copy = directory.join("stranger");
    let copies = || Command::new("cp").arg(std::env::current_exe().unwrap()).arg(&copy).status().unwrap().success();
    assert!(copy.exists() || copies());
    copy
}

fn answer(text: impl std::fmt::Display) {
    println!("{ANSWER}{text}");
}

fn wait() {
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
#[ignore = "the second process of the tests that need one"]
fn second_process() {
    let store = PathBuf::from(std::env::var_os(STORE).expect("run by other tests"));
    match std::env::var(TASK).unwrap().as_str() {
        "hold for writing" => {
            let store = LmdbStore::open(&store, &OpenOptions::default()).unwrap();
            answer("open");
            wait();
            drop(store);
            answer("closed");
            wait();
        }
        "tell the head" => {
            let store = LmdbStore::open(&store, &read_only()).unwrap();
            let held = store.snapshot().unwrap();
            loop {
                answer(format_args!("{} {}", held.head().unwrap(), store.snapshot().unwrap().head().unwrap()));
                wait();
            }
        }
        "read in a small map" => {
            let store = open_with_map(&store, &read_only(), 1 << 20);
            loop {
                let pages = store.snapshot().unwrap().stored_pages(&crate::store::tests::address(1)).unwrap().len();
                answer(format_args!("{pages} {}", store.shared.environment.info().unwrap().map_size()));
                wait();
            }
        }
        "read beside" => read_beside(&LmdbStore::open(&store, &read_only()).unwrap(), answer, wait),
        "open for reading" => answer(LmdbStore::open(&store, &read_only()).unwrap_err()),
        "read without a lock" => {
            let options = OpenOptions { access: Access::ReadOnlyWithoutLock, ..OpenOptions::default() };
            let store = LmdbStore::open(&store, &options).unwrap();
            let head = store.snapshot().unwrap().head().unwrap();
            let pages = store.snapshot().unwrap().stored_pages(&crate::store::tests::address(1)).unwrap().len();
            let problems = store.check().unwrap().problems.len();
            let say =
                || answer(format_args!("{head} pages {pages} problems {problems} overtaken {}", store.is_overtaken()));
            say();
            wait();
            say();
        }
        "commit for ever" => commit_for_ever(&open_small(&store, true), answer),
        "commit for ever, written" => commit_for_ever(&open_small(&store, false), answer),
        "commit for ever, synced" => {
            commit_for_ever(&LmdbStore::open(&store, &OpenOptions::default()).unwrap(), answer);
        }
        "open for writing" => match LmdbStore::open(&store, &OpenOptions::default()) {
            Ok(_) => answer("open"),
            Err(error) => answer(format_args!("{error} / {error:?}")),
        },
        "fill up to a limit" => answer(fill_up_to_a_limit(&store, Durability::Async, Limit::AtFirst)),
        "fill up to a limit set later" => answer(fill_up_to_a_limit(&store, Durability::Async, Limit::Later)),
        "fill up to a limit, synced" => answer(fill_up_to_a_limit(&store, Durability::Synced, Limit::AtFirst)),
        "open with little address space" => {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let used = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
            let used = used.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10;
            // Room for the map of each size, and for nothing, for a call, and for as much again.
            let rooms = [32 << 20, 8 << 30, CALL_ADDRESS_SPACE_BYTES as u64 + (1 << 30), 100 << 30];
            let opened = rooms.map(|room| {
                setrlimit(Resource::As, Rlimit { current: Some(used + room), maximum: None }).unwrap();
                match LmdbStore::open(&store, &OpenOptions::default()) {
                    Ok(store) => format!("{} MiB", store.shared.environment.info().unwrap().map_size() >> 20),
                    Err(error) => format!("{error}"),
                }
            });
            answer(opened.join(" / "));
        }
        task => panic!("no task {task}"),
    }
}
