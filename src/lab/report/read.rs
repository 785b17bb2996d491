//! Reading reports and runs of the peers from files.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::data::{Report, SCHEMA, VERSION};
use super::files::io;
use super::former_names::replace_former_names;
use super::peers::{PEERS, PEERS_SCHEMA, PEERS_VERSION, Peers, PeersRun};
use crate::lab::LabError;
use crate::lab::experiments::{ALL, Findings};

/// The earlier version of a report. It has one laying, and narrower intervals, which are recomputed.
const BEFORE_LAYINGS: u32 = 2;

/// The earlier version of a file of peers. It has narrower intervals, which are recomputed.
const PEERS_BEFORE_LAYINGS: u32 = 1;

/// The part of a file that all versions have.
#[derive(Deserialize)]
struct Head {
    schema: Option<Value>,
    version: Option<Value>,
}

impl Report {
    /// Reads a `data.json`.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, has another shape or version, or has statistics that do not follow from its
    /// samples.
    pub fn read(path: &Path) -> Result<Self, LabError> {
        read(path, Self::from_json)
    }

    /// Parses the output of [`json`](Self::json). The error says what is wrong with it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let version = check_head(bytes, SCHEMA, [BEFORE_LAYINGS, VERSION])?;
        let mut report: Self = serde_json::from_slice(bytes).map_err(damaged)?;
        let clock_step = Duration::from_nanos(report.clock_step_ns);
        for findings in &mut report.experiments {
            replace_former_names(findings);
            if findings.name == PEERS {
                let run =
                    report.peers.as_ref().ok_or_else(|| format!("it has results of {PEERS}, but not their run"))?;
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
    /// A file that cannot be read, is damaged, has another shape or version, does not describe one of its arms, or has
    /// statistics that do not follow from its samples.
    pub fn read(path: &Path) -> Result<Self, LabError> {
        read(path, Self::from_json)
    }

    /// Parses the output of `benches/peers`. The error says what is wrong with it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let version = check_head(bytes, PEERS_SCHEMA, [PEERS_BEFORE_LAYINGS, PEERS_VERSION])?;
        let mut peers: Self = serde_json::from_slice(bytes).map_err(damaged)?;
        peers.version = PEERS_VERSION;
        match peers.findings.name.as_str() {
            PEERS => check_peers(&mut peers.findings, &peers.run, version == PEERS_BEFORE_LAYINGS).map(|()| peers),
            name => Err(format!("its findings should be of {PEERS:?}, but are of {name:?}")),
        }
    }
}

/// Reads a file of either kind.
fn read<T>(path: &Path, from_json: fn(&[u8]) -> Result<T, String>) -> Result<T, LabError> {
    let bytes = fs::read(path).map_err(io("reading", path))?;
    from_json(&bytes).map_err(|problem| LabError::Data { path: path.to_owned(), problem })
}

/// Checks the statistics of the peers, and that each arm has a description.
fn check_peers(findings: &mut Findings, run: &PeersRun, earlier: bool) -> Result<(), String> {
    check(findings, Duration::from_nanos(run.clock_step_ns), earlier)?;
    for group in &findings.groups {
        if let Some(arm) = group.arms.iter().find(|arm| run.peer(&arm.name).is_none()) {
            return Err(format!("in {PEERS}: the arm {:?} has no description", arm.name));
        }
    }
    Ok(())
}

/// Checks that the statistics follow from the samples. The intervals of an earlier version are recomputed.
fn check(findings: &mut Findings, clock_step: Duration, earlier: bool) -> Result<(), String> {
    for group in &mut findings.groups {
        let checked = if earlier { group.replace_intervals(clock_step) } else { group.check(clock_step) };
        checked.map_err(|problem| format!("in {}: {problem}", findings.name))?;
    }
    Ok(())
}

/// Checks the shape and the version of a file. Returns the version.
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
