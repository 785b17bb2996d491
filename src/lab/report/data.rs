//! `data.json`: written, and read back with care. Its shape is published as `design/data.schema.json`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::peers::{self, PEERS};
use super::{Report, io};
use crate::lab::LabError;
use crate::lab::experiments::{ALL, Findings};

/// The name of the file.
pub const DATA: &str = "data.json";

/// The name of the shape of `data.json`.
pub const SCHEMA: &str = "vellum-lab-report";

/// The version of that shape. It changes when a reader of the old shape would misread the new one.
pub const VERSION: u32 = 3;

/// The version before it, of arms that were laid once, whose intervals were narrower: they are worked out anew.
const BEFORE_LAYINGS: u32 = 2;

/// What a file of any version begins with.
#[derive(Deserialize)]
struct Head {
    schema: Option<Value>,
    version: Option<Value>,
}

impl Report {
    /// All samples, as `data.json` has them.
    pub fn json(&self) -> Result<String, LabError> {
        Ok(serde_json::to_string(self)?)
    }

    /// Reads a `data.json`.
    ///
    /// # Errors
    /// A file that cannot be read, is not whole, is of another shape or version, or whose medians, intervals, ratios and
    /// warnings are not those of its samples.
    pub fn read(path: &Path) -> Result<Self, LabError> {
        let bytes = fs::read(path).map_err(io("reading", path))?;
        Self::from_json(&bytes).map_err(|problem| LabError::Data { path: path.to_owned(), problem })
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
                peers::check(findings, run, version == BEFORE_LAYINGS)?;
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

/// Whether the numbers are those that the samples give. Those with intervals of an earlier method are worked out anew.
pub(super) fn check(findings: &mut Findings, clock_step: Duration, earlier: bool) -> Result<(), String> {
    for group in &mut findings.groups {
        let checked = if earlier { group.with_intervals(clock_step) } else { group.check(clock_step) };
        checked.map_err(|problem| format!("in {}: {problem}", findings.name))?;
    }
    Ok(())
}

/// Whether data is of a shape, and of one of the versions that can be read: which.
pub(super) fn check_head(bytes: &[u8], schema: &str, versions: [u32; 2]) -> Result<u32, String> {
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

pub(super) fn damaged(error: serde_json::Error) -> String {
    format!("it is damaged, or no data of a report: {error}")
}
