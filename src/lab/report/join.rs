//! Joining a run of the peers to a report.

use super::data::Report;
use super::peers::{PEERS, Peers};

/// The missing line of a report without peers.
const NOT_MEASURED: &str = "peers: What would a user pick instead? A separate package measures it: cargo run --release --manifest-path benches/peers/Cargo.toml -- --quick --out peers.json, and then vellum report --peers peers.json";

impl Report {
    /// Lists the peers as missing.
    pub fn without_peers(&mut self) {
        self.missing.push(NOT_MEASURED.to_owned());
    }

    /// Adds a run of the peers. It replaces one that was joined before.
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
