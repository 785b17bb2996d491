//! What a run is told.

use std::path::PathBuf;

use super::measure::Interrupt;
use super::report::Report;
use super::settings::Settings;

/// What to measure, and how.
#[derive(Debug, Clone)]
pub struct ReportOptions {
    /// How much.
    pub settings: Settings,
    /// Stops the run early; what was measured until then is reported.
    pub interrupt: Interrupt,
    /// Stores are made in a directory of their own below this one, and removed.
    pub scratch: PathBuf,
    /// The command that repeats the run, for the report.
    pub command: String,
    /// Where `data.json` is written after each experiment, so that a run that is killed can be resumed.
    pub checkpoint: Option<PathBuf>,
    /// What an interrupted run has measured before: its experiments that are whole are not measured again.
    pub resumed: Option<Report>,
}

impl ReportOptions {
    /// With these settings, for a command that repeats the run.
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
