//! The host and the program that measured.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::lab::measure::Event;

/// The crates whose versions influence the numbers.
const CRATES: [&str; 5] = ["wasmtime", "lmdb-rkv", "sha2", "xxhash-rust", "memmap2"];

/// Hardware, system, settings and versions. A value that cannot be determined is `unknown`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The model name of the processor.
    pub processor: String,
    /// The number of logical processors that this process may use.
    pub processors: usize,
    /// Main memory, in MiB.
    pub memory_mib: u64,
    /// The kernel of the operating system.
    pub kernel: String,
    /// The setting of transparent huge pages.
    pub huge_pages: String,
    /// The kernel's limit of mappings per process.
    pub max_map_count: String,
    /// The type of the file system with the stores.
    pub file_system: String,
    /// The compiler that built this program.
    pub compiler: String,
    /// The build profile of this program.
    pub profile: String,
    /// The version of this program.
    pub version: String,
    /// The commit of the sources, if they still are in the directory of the build.
    pub commit: String,
    /// The versions of crates.
    pub crates: BTreeMap<String, String>,
    /// The performance counters: each event with nothing if this process can count it, or the reason why it cannot. Data of
    /// older programs has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<BTreeMap<String, Option<String>>>,
}

impl Environment {
    /// The environment of this process. The stores are below `scratch`.
    pub fn of_this_host(scratch: &Path) -> Self {
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

    /// Names and values for a reader, in order.
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
            ("performance counters", self.counters()),
        ]
    }
}

impl Environment {
    /// The performance counters, and the reasons why others are missing.
    fn counters(&self) -> String {
        let Some(events) = &self.events else { return "unknown".to_owned() };
        let counter = |(name, reason): (&String, &Option<String>)| match reason {
            None => name.clone(),
            Some(reason) => format!("no {name}: {reason}"),
        };
        events.iter().map(counter).collect::<Vec<_>>().join("; ")
    }
}

fn event(event: Event) -> (String, Option<String>) {
    (event.name().to_owned(), event.availability().err().map(|unavailable| unavailable.reason))
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// The value of the first line of the form `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    let value = |line: &str| {
        line.split_once(':').filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
    };
    text.lines().find_map(value)
}

/// The choice in brackets, as in `always [madvise] never`.
fn chosen(text: &str) -> String {
    text.split(['[', ']']).nth(1).unwrap_or(text).to_owned()
}

/// The type of the mount whose path is the longest prefix of `path`. The last of several mounts on the same path counts.
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

/// The version of the compiler, which it has written into this program.
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

/// The versions of [`CRATES`], from the lock file of this build.
fn crates(lock: &str) -> BTreeMap<String, String> {
    let quoted = |line: &str, key: &str| line.strip_prefix(key)?.split('"').nth(1).map(str::to_owned);
    let package = |block: &str| {
        let name = block.lines().find_map(|line| quoted(line, "name = "))?;
        let version = block.lines().find_map(|line| quoted(line, "version = "))?;
        CRATES.contains(&name.as_str()).then_some((name, version))
    };
    lock.split("[[package]]").filter_map(package).collect()
}
