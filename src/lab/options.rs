//! The options of a run.

use std::path::PathBuf;

use super::measure::Interrupt;
use super::report::Report;
use super::settings::Settings;

/// What to measure, and how.
#[derive(Debug, Clone)]
pub struct ReportOptions {
    /// How much to measure.
    pub settings: Settings,
    /// Stops the run early. The report then holds what was measured so far.
    pub interrupt: Interrupt,
    /// The parent of the temporary directory that holds the stores. The run removes that directory when it ends.
    pub scratch: PathBuf,
    /// The command that repeats the run, for the report.
    pub command: String,
    /// The directory where `data.json` is written after each experiment, so that a killed run can be resumed.
    pub checkpoint: Option<PathBuf>,
    /// The report of the interrupted run to resume. Its complete experiments are not measured again.
    pub resumed: Option<Report>,
}

impl ReportOptions {
    /// Options with these settings; `command` is the command that repeats the run.
    pub fn new(settings: Settings, command: String) -> Self {
        Self {
            settings,
            interrupt: Interrupt::default(),
            scratch: std::env::temp_dir(),
            command,
            checkpoint: None,
            resumed: None,
        }
    }
}
