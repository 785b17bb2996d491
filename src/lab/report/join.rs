//! A report and a run of the peers, joined.

use super::data::Report;
use super::peers::{PEERS, Peers};

/// What a report without peers says.
const NOT_MEASURED: &str = "peers: What would a user pick instead? A package of its own measures it: cargo run --release --manifest-path benches/peers/Cargo.toml -- --quick --out peers.json, and then vellum report --peers peers.json";

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
