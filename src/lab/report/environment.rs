//! Where a number was measured, with what: it means little without.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::lab::measure::Event;

/// Crates whose version matters to a number.
const CRATES: [&str; 5] = ["wasmtime", "lmdb-rkv", "sha2", "xxhash-rust", "memmap2"];

/// Machine, system, settings and versions. What cannot be found out is `unknown`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The processor's own name.
    pub processor: String,
    /// How many of them this process may use.
    pub processors: usize,
    /// Main memory, in MiB.
    pub memory_mib: u64,
    /// The operating system's kernel.
    pub kernel: String,
    /// Setting of transparent huge pages.
    pub huge_pages: String,
    /// How many mappings a process may have.
    pub max_map_count: String,
    /// Type of the file system that the stores were on.
    pub file_system: String,
    /// The compiler that built this program.
    pub compiler: String,
    /// How this program was built.
    pub profile: String,
    /// This program's version.
    pub version: String,
    /// The commit of the sources, if they are still where they were built.
    pub commit: String,
    /// Versions of crates.
    pub crates: BTreeMap<String, String>,
    /// What processor and kernel can count for this process: each event with nothing, or why it cannot be counted. Nothing
    /// in data of a program that did not ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<BTreeMap<String, Option<String>>>,
}

impl Environment {
    /// Looks around; stores are made below `scratch`.
    pub fn of_this_machine(scratch: &Path) -> Self {
        let read = |path: &str| fs::read_to_string(path).map_or_else(|_| unknown(), |text| text.trim().to_owned());
        let memory_kib =
            field(&read("/proc/meminfo"), "MemTotal").and_then(|text| text.split(' ').next()?.parse().ok());
        Self {
            processor: field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(unknown),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: memory_kib.unwrap_or(0u64) / 1_024,
            kernel: format!("{} {}", std::env::consts::OS, read("/proc/sys/kernel/osrelease")),
            huge_pages: chosen(&read("/sys/kernel/mm/transparent_hugepage/enabled")),
            max_map_count: read("/proc/sys/vm/max_map_count"),
            file_system: file_system(&read("/proc/self/mountinfo"), scratch).unwrap_or_else(unknown),
            compiler: compiler().unwrap_or_else(unknown),
            profile: if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: commit().unwrap_or_else(unknown),
            crates: crates(include_str!("../../../Cargo.lock")),
            events: Some(Event::ALL.map(event).into()),
        }
    }

    /// Names and values in the order in which they are read.
    pub fn rows(&self) -> Vec<(&str, String)> {
        let crates: Vec<String> = self.crates.iter().map(|(name, version)| format!("{name} {version}")).collect();
        vec![
            ("processor", format!("{} ({} usable)", self.processor, self.processors)),
            ("memory", format!("{} MiB", self.memory_mib)),
            ("kernel", self.kernel.clone()),
            ("transparent huge pages", self.huge_pages.clone()),
            ("vm.max_map_count", self.max_map_count.clone()),
            ("file system of the stores", self.file_system.clone()),
            ("vellum", format!("{} ({} build), commit {}", self.version, self.profile, self.commit)),
            ("compiler", self.compiler.clone()),
            ("crates", crates.join(", ")),
            ("counted by processor and kernel", self.counted()),
        ]
    }
}

impl Environment {
    /// What is counted, and what is not and why.
    fn counted(&self) -> String {
        let Some(events) = &self.events else { return "nothing: it was not asked for".to_owned() };
        let one = |(name, why): (&String, &Option<String>)| match why {
            None => name.clone(),
            Some(why) => format!("not {name}: {why}"),
        };
        events.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

fn event(event: Event) -> (String, Option<String>) {
    (event.name().to_owned(), event.availability().err().map(|why| why.reason))
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// The value of the first line `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    let value = |line: &str| {
        line.split_once(':').filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
    };
    text.lines().find_map(value)
}

/// The chosen one of `always [madvise] never`.
fn chosen(text: &str) -> String {
    text.split(['[', ']']).nth(1).unwrap_or(text).to_owned()
}

/// The type of the mount whose path is the longest beginning of `path`. Of mounts on the same path the last counts.
fn file_system(mounts: &str, path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let mount = |line: &str| {
        let (place, rest) = line.split_once(" - ")?;
        let point = place.split(' ').nth(4)?.to_owned();
        Some((point, rest.split(' ').next()?.to_owned()))
    };
    let over = mounts.lines().filter_map(mount).filter(|(point, _)| path.starts_with(point));
    over.max_by_key(|(point, _)| point.len()).map(|(_, kind)| kind)
}

/// What the compiler wrote of itself into this program.
fn compiler() -> Option<String> {
    let program = fs::read(std::env::current_exe().ok()?).ok()?;
    let mark = b"rustc version ";
    let after = program.windows(mark.len()).rposition(|window| window == mark)? + mark.len();
    let text: Vec<u8> = program[after..].iter().copied().take(60).take_while(u8::is_ascii_graphic).collect();
    Some(format!("rustc {}", String::from_utf8(text).ok()?))
}

fn commit() -> Option<String> {
    let describe = ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];
    let output = Command::new("git").arg("-C").arg(env!("CARGO_MANIFEST_DIR")).args(describe).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Versions of the crates that matter, from the lock file that this program was built with.
fn crates(lock: &str) -> BTreeMap<String, String> {
    let quoted = |line: &str, key: &str| line.strip_prefix(key)?.split('"').nth(1).map(str::to_owned);
    let package = |block: &str| {
        let name = block.lines().find_map(|line| quoted(line, "name = "))?;
        let version = block.lines().find_map(|line| quoted(line, "version = "))?;
        CRATES.contains(&name.as_str()).then_some((name, version))
    };
    lock.split("[[package]]").filter_map(package).collect()
}
