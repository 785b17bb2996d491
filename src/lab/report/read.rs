//! Reports and runs of the peers, read back with care.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::data::{Report, SCHEMA, VERSION};
use super::files::io;
use super::peers::{PEERS, PEERS_SCHEMA, PEERS_VERSION, Peers, PeersRun};
use crate::lab::LabError;
use crate::lab::experiments::{ALL, Findings};

/// The version of a report before the present one, of arms that were laid once, whose intervals were narrower: they are
/// worked out anew.
const BEFORE_LAYINGS: u32 = 2;

/// The version of peers before the present one, whose intervals were narrower: they are worked out anew.
const PEERS_BEFORE_LAYINGS: u32 = 1;

/// What a file of any version begins with.
#[derive(Deserialize)]
struct Head {
    schema: Option<Value>,
    version: Option<Value>,
}

impl Report {
    /// Reads a `data.json`.
    ///
    /// # Errors
    /// A file that cannot be read, is not whole, is of another shape or version, or whose medians, intervals, ratios and
    /// warnings are not those of its samples.
    pub fn read(path: &Path) -> Result<Self, LabError> {
        read(path, Self::from_json)
    }

    /// Reads what [`json`](Self::json) wrote, or says what is wrong with it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let version = check_head(bytes, SCHEMA, [BEFORE_LAYINGS, VERSION])?;
        let mut report: Self = serde_json::from_slice(bytes).map_err(damaged)?;
        let clock_step = Duration::from_nanos(report.clock_step_ns);
        for findings in &mut report.experiments {
            if findings.name == PEERS {
                let run =
                    report.peers.as_ref().ok_or_else(|| format!("it does not say how its {PEERS} were measured"))?;
                check_peers(findings, run, version == BEFORE_LAYINGS)?;
                continue;
            }
            check(findings, clock_step, version == BEFORE_LAYINGS)?;
            let known = ALL.iter().find(|experiment| experiment.name == findings.name);
            if let Some(experiment) = known.filter(|_| version == BEFORE_LAYINGS) {
                let again = (experiment.conclude)(&report.settings, findings.groups.clone());
                (findings.crossings, findings.targets) = (again.crossings, again.targets);
            }
        }
        report.version = VERSION;
        Ok(report)
    }
}

impl Peers {
    /// Reads a file of peers.
    ///
    /// # Errors
    /// A file that cannot be read, is not whole, is of another shape or version, says nothing of one of its arms, or whose
    /// numbers are not those of its samples.
    pub fn read(path: &Path) -> Result<Self, LabError> {
        read(path, Self::from_json)
    }

    /// Reads what the package of the peers wrote, or says what is wrong with it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let version = check_head(bytes, PEERS_SCHEMA, [PEERS_BEFORE_LAYINGS, PEERS_VERSION])?;
        let mut peers: Self = serde_json::from_slice(bytes).map_err(damaged)?;
        peers.version = PEERS_VERSION;
        match peers.findings.name.as_str() {
            PEERS => check_peers(&mut peers.findings, &peers.run, version == PEERS_BEFORE_LAYINGS).map(|()| peers),
            name => Err(format!("its findings should be those of {PEERS:?}, but are those of {name:?}")),
        }
    }
}

/// Reads a file of either kind.
fn read<T>(path: &Path, from_json: fn(&[u8]) -> Result<T, String>) -> Result<T, LabError> {
    let bytes = fs::read(path).map_err(io("reading", path))?;
    from_json(&bytes).map_err(|problem| LabError::Data { path: path.to_owned(), problem })
}

/// Whether the findings are those of the run, and something is said of each arm.
fn check_peers(findings: &mut Findings, run: &PeersRun, earlier: bool) -> Result<(), String> {
    check(findings, Duration::from_nanos(run.clock_step_ns), earlier)?;
    for group in &findings.groups {
        if let Some(arm) = group.arms.iter().find(|arm| run.peer(&arm.name).is_none()) {
            return Err(format!("in {PEERS}: nothing is said of the durability and commitment of {:?}", arm.name));
        }
    }
    Ok(())
}

/// Whether the numbers are those that the samples give. Those with intervals of an earlier method are worked out anew.
fn check(findings: &mut Findings, clock_step: Duration, earlier: bool) -> Result<(), String> {
    for group in &mut findings.groups {
        let checked = if earlier { group.with_intervals(clock_step) } else { group.check(clock_step) };
        checked.map_err(|problem| format!("in {}: {problem}", findings.name))?;
    }
    Ok(())
}

/// Whether data is of a shape, and of one of the versions that can be read: which.
fn check_head(bytes: &[u8], schema: &str, versions: [u32; 2]) -> Result<u32, String> {
    let head: Head = serde_json::from_slice(bytes).map_err(damaged)?;
    if head.schema.as_ref().and_then(Value::as_str) != Some(schema) {
        let found = head.schema.map_or("there is none".to_owned(), |found| format!("it is {found}"));
        return Err(format!("its \"schema\" should be {schema:?}, but {found}"));
    }
    let found = head.version.as_ref().and_then(Value::as_u64);
    versions.into_iter().find(|version| found == Some(u64::from(*version))).ok_or_else(|| {
        let [earlier, version] = versions;
        let found = head.version.map_or("there is none".to_owned(), |found| format!("it is {found}"));
        format!(
            "its \"version\" should be {version} or {earlier}, but {found}: make the report with the vellum that measured it"
        )
    })
}

fn damaged(error: serde_json::Error) -> String {
    format!("it is damaged, or no data of a report: {error}")
}
