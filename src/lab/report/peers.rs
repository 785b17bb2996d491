//! Peers: other systems on the same workloads. A separate package (`benches/peers`) measures them in a separate run, and
//! writes a file of this shape.

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use crate::lab::experiments::Findings;

/// The name of the shape of a file of peers.
pub const PEERS_SCHEMA: &str = "vellum-lab-peers";

/// The version of that shape. It changes if a reader of the old shape would misread the new one.
pub const PEERS_VERSION: u32 = 2;

/// The name of the experiment.
pub const PEERS: &str = "peers";

/// Its question.
pub const PEERS_QUESTION: &str = "What would a user pick instead?";

/// The results of a run of the peers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// The name of this shape: [`PEERS_SCHEMA`].
    pub schema: String,
    /// The version of this shape: [`PEERS_VERSION`].
    pub version: u32,
    /// The run.
    pub run: PeersRun,
    /// The results.
    pub findings: Findings,
}

/// A run of the peers, which is separate from the run of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeersRun {
    /// The command that repeats the run.
    pub command: String,
    /// When the run began, in seconds since 1970, UTC.
    pub started: u64,
    /// The duration of the run, in seconds.
    pub seconds: f64,
    /// Samples of each arm.
    pub rounds: u32,
    /// The wanted length of a sample in the lab, in nanoseconds. A sample of the slowest peer is a few times as long.
    pub sample_ns: u64,
    /// The step of the clock, in nanoseconds.
    pub clock_step_ns: u64,
    /// The host, and the version of vellum.
    pub environment: Environment,
    /// The description of each arm.
    pub peers: Vec<Peer>,
    /// The peers that were not measured, with the reasons.
    pub missing: Vec<String>,
}

/// The description of an arm, which its numbers must be read with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// The name of the arm.
    pub name: String,
    /// Its crates, with their versions.
    pub version: String,
    /// The unit in which it keeps the state of the workload.
    pub state: String,
    /// What it hashes of the state in each transaction.
    pub commitment: String,
    /// Where the state is when the time ends.
    pub durability: String,
    /// How it counts and limits the work of the contract.
    pub metering: String,
    /// Its setup, chosen for speed.
    pub setup: String,
}

impl PeersRun {
    /// The description of an arm.
    pub fn peer(&self, arm: &str) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.name == arm)
    }
}
