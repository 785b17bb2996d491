//! Other systems on the same workloads. A package of its own measures them (`benches/peers`), in a run of its own, and
//! writes a file; here it is read with care and joined to a report.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Environment, Report, io};
use crate::lab::LabError;
use crate::lab::experiments::Findings;

/// The name of the shape of a file of peers.
pub const PEERS_SCHEMA: &str = "vellum-lab-peers";

/// The version of that shape. It changes when a reader of the old shape would misread the new one.
pub const PEERS_VERSION: u32 = 2;

/// The version before it, whose intervals were narrower: they are worked out anew.
const EARLIER_VERSION: u32 = 1;

/// The experiment's name.
pub const PEERS: &str = "peers";

/// What it asks.
pub const PEERS_QUESTION: &str = "What would a user pick instead?";

/// What a report without peers says.
const NOT_MEASURED: &str = "peers: What would a user pick instead? A package of its own measures it: cargo run --release --manifest-path benches/peers/Cargo.toml -- --quick --out peers.json, and then vellum report --peers peers.json";

/// What a run of the peers found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// The name of this shape: [`PEERS_SCHEMA`].
    pub schema: String,
    /// The version of this shape: [`PEERS_VERSION`].
    pub version: u32,
    /// How it was measured.
    pub run: PeersRun,
    /// What was found.
    pub findings: Findings,
}

/// How the peers were measured: in another run than the rest of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeersRun {
    /// The command that repeats the run.
    pub command: String,
    /// When the run began, in seconds since 1970, UTC.
    pub started: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Samples of each arm.
    pub rounds: u32,
    /// How long a sample of the lab is, in nanoseconds; one of the slowest arm is a few times as long.
    pub sample_ns: u64,
    /// The step of the clock, in nanoseconds.
    pub clock_step_ns: u64,
    /// Where it was measured, with which vellum.
    pub environment: Environment,
    /// What is said of each arm.
    pub peers: Vec<Peer>,
    /// Which peers were not measured, and why.
    pub missing: Vec<String>,
}

/// What has to be known of an arm to read its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// The arm.
    pub name: String,
    /// Which crates it is, with their versions.
    pub version: String,
    /// What one piece of the workload's state is to it.
    pub state: String,
    /// What is hashed or proved of the state in each transaction.
    pub commitment: String,
    /// Where the state is when the time stops.
    pub durability: String,
    /// Whether the instructions of the contract are counted and limited.
    pub metering: String,
    /// How it was set up to be fast.
    pub setup: String,
}

impl Peers {
    /// Reads a file of peers.
    ///
    /// # Errors
    /// A file that cannot be read, is not whole, is of another shape or version, says nothing of one of its arms, or whose
    /// numbers are not those of its samples.
    pub fn read(path: &Path) -> Result<Self, LabError> {
        let bytes = fs::read(path).map_err(io("reading", path))?;
        Self::from_json(&bytes).map_err(|problem| LabError::Data { path: path.to_owned(), problem })
    }

    /// Reads what the package of the peers wrote, or says what is wrong with it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let version = super::data::check_head(bytes, PEERS_SCHEMA, [EARLIER_VERSION, PEERS_VERSION])?;
        let mut peers: Self = serde_json::from_slice(bytes).map_err(super::data::damaged)?;
        peers.version = PEERS_VERSION;
        match peers.findings.name.as_str() {
            PEERS => check(&mut peers.findings, &peers.run, version == EARLIER_VERSION).map(|()| peers),
            name => Err(format!("its findings should be those of {PEERS:?}, but are those of {name:?}")),
        }
    }
}

/// Whether the findings are those of the run, and something is said of each arm.
pub(super) fn check(findings: &mut Findings, run: &PeersRun, earlier: bool) -> Result<(), String> {
    super::data::check(findings, Duration::from_nanos(run.clock_step_ns), earlier)?;
    for group in &findings.groups {
        if let Some(arm) = group.arms.iter().find(|arm| run.peer(&arm.name).is_none()) {
            return Err(format!("in {PEERS}: nothing is said of the durability and commitment of {:?}", arm.name));
        }
    }
    Ok(())
}

impl PeersRun {
    /// What is said of an arm.
    pub fn peer(&self, arm: &str) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.name == arm)
    }
}

impl Report {
    /// Notes that no peers were measured: the run of a report has none of them.
    pub fn without_peers(&mut self) {
        self.missing.push(NOT_MEASURED.to_owned());
    }

    /// Adds what a run of the peers found, in place of what another one did.
    pub fn join(&mut self, peers: Peers) {
        let Peers { run, findings, .. } = peers;
        let of_peers = |line: &String| line.starts_with("peers: ");
        self.missing.retain(|line| !of_peers(line));
        self.missing.extend(run.missing.iter().map(|what| format!("peers: {what}")));
        self.experiments.retain(|known| known.name != PEERS);
        self.experiments.push(findings);
        self.peers = Some(run);
    }
}
