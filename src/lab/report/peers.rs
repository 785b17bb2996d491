//! Other systems on the same workloads. A package of its own measures them (`benches/peers`), in a run of its own, and
//! writes a file of this shape.

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use crate::lab::experiments::Findings;

/// The name of the shape of a file of peers.
pub const PEERS_SCHEMA: &str = "vellum-lab-peers";

/// The version of that shape. It changes when a reader of the old shape would misread the new one.
pub const PEERS_VERSION: u32 = 2;

/// The experiment's name.
pub const PEERS: &str = "peers";

/// What it asks.
pub const PEERS_QUESTION: &str = "What would a user pick instead?";

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

impl PeersRun {
    /// What is said of an arm.
    pub fn peer(&self, arm: &str) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.name == arm)
    }
}
