//! Running the program on a hostile contract: in a process of its own, under a clock, with its memory watched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use vellum::paging::PagerKind;

/// What no call exceeds, above what the program has before it: 1.5 GiB. A process that has opened a store has about 40 MiB.
const MOST_KIB: u64 = (1_536 + 64) << 10;

/// How long a call may take: some of the tests run beside each other, without optimisation.
const CLOCK: Duration = Duration::from_secs(300);

/// How often the memory of the process is read. The kernel keeps its peak, so only the last moments can be missed.
const INTERVAL: Duration = Duration::from_millis(2);

/// A case of the folder `cases`.
pub fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/cases").join(name)
}

/// A store of its own.
#[derive(Debug)]
pub struct World(TempDir);

impl World {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Writes a file and says where.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// Runs the program, and kills it when the time is over.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_in(Command::new(env!("CARGO_BIN_EXE_vellum")), arguments)
    }

    /// Runs the program with a limit to its address space.
    #[track_caller]
    pub fn run_within(&self, address_space_kib: u64, arguments: &[&str]) -> Output {
        let mut shell = Command::new("sh");
        let script = format!("ulimit -v {address_space_kib} && exec \"$@\"");
        shell.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_vellum")]);
        self.run_in(shell, arguments)
    }

    #[track_caller]
    fn run_in(&self, mut command: Command, arguments: &[&str]) -> Output {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        command.env("XDG_CACHE_HOME", cache).env_remove("VELLUM_STATE").stdin(Stdio::null());
        command.arg("--json").arg("--state").arg(self.0.path().join("state")).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (begun, mut peak_kib) = (Instant::now(), 0);
        let mut pipes = (child.stdout.take(), child.stderr.take());
        let readers = (
            thread::spawn(move || pipes.0.take().map(read_all).unwrap_or_default()),
            thread::spawn(move || pipes.1.take().map(read_all).unwrap_or_default()),
        );
        let status = loop {
            peak_kib = peak(&child).max(peak_kib);
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > CLOCK {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("{arguments:?} runs for more than {CLOCK:?}");
            }
            thread::sleep(INTERVAL);
        };
        let output = Output { status, stdout: readers.0.join().unwrap(), stderr: readers.1.join().unwrap() };
        assert!(peak_kib <= MOST_KIB, "{arguments:?} took {} MiB", peak_kib >> 10);
        output
    }

    /// Runs a command that succeeds. Returns the documents that it prints.
    #[track_caller]
    pub fn documents(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {:?}: {said}", output.status);
        let printed = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
        printed.collect::<Result<_, _>>().unwrap()
    }

    /// Deploys a case. Returns its address.
    #[track_caller]
    pub fn deploy(&self, name: &str) -> String {
        let deployed = self.documents(&["deploy", &case(name).display().to_string()]).remove(0);
        deployed["address"].as_str().unwrap().to_owned()
    }

    /// Runs a call under every pager of the host, commits nothing, and returns the receipt, which is the same under all.
    #[track_caller]
    pub fn call(&self, contract: &str, arguments: &[&str]) -> Value {
        let mut receipts = Vec::new();
        for pager in PagerKind::available() {
            let pager = pager.to_string();
            let call = [&["call", "--dry-run", "--pager", &pager, contract], arguments].concat();
            receipts.push((pager.clone(), self.documents(&call).remove(0)));
        }
        let (_, first) = receipts.remove(0);
        receipts.into_iter().for_each(|(pager, receipt)| assert_eq!(receipt, first, "{pager}"));
        first
    }
}

fn read_all(mut pipe: impl std::io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes).unwrap();
    bytes
}

/// The peak of the memory of a process so far, in KiB; 0 once it has ended.
fn peak(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or(0)
}
