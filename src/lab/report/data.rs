//! `data.json`: written, and read back with care. Its shape is published as `design/data.schema.json`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::{Report, io};
use crate::lab::LabError;

/// The name of the file.
pub const DATA: &str = "data.json";

/// The name of the shape of `data.json`.
pub const SCHEMA: &str = "vellum-lab-report";

/// The version of that shape. It changes when a reader of the old shape would misread the new one.
pub const VERSION: u32 = 2;

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
        let damaged = |error: serde_json::Error| format!("it is damaged, or no data of a report: {error}");
        let Head { schema, version } = serde_json::from_slice(bytes).map_err(damaged)?;
        if schema.as_ref().and_then(Value::as_str) != Some(SCHEMA) {
            let found = schema.map_or("there is none".to_owned(), |found| format!("it is {found}"));
            return Err(format!("its \"schema\" should be {SCHEMA:?}, but {found}"));
        }
        if version.as_ref().and_then(Value::as_u64) != Some(VERSION.into()) {
            let found = version.map_or("there is none".to_owned(), |found| format!("it is {found}"));
            return Err(format!(
                "its \"version\" should be {VERSION}, but {found}: make the report with the vellum that measured it"
            ));
        }
        let report: Self = serde_json::from_slice(bytes).map_err(damaged)?;
        let clock_step = Duration::from_nanos(report.clock_step_ns);
        for findings in &report.experiments {
            for group in &findings.groups {
                group.check(clock_step).map_err(|problem| format!("in {}: {problem}", findings.name))?;
            }
        }
        Ok(report)
    }
}
