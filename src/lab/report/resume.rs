//! Going on with a run that was interrupted.

use std::path::PathBuf;

use super::{DATA, Environment, Report};
use crate::lab::{LabError, ReportOptions};

impl Report {
    /// Whether an experiment was measured, and none of it is missing.
    pub fn has_whole(&self, experiment: &str) -> bool {
        self.findings(experiment).is_some() && !self.unfinished.iter().any(|name| name == experiment)
    }

    /// Whether what was measured belongs to what is to be measured: the same settings, program and machine.
    ///
    /// # Errors
    /// The first thing that is not the same.
    pub(in crate::lab) fn can_go_on(&self, options: &ReportOptions, here: &Environment) -> Result<(), LabError> {
        let refused = |problem: String| {
            let path =
                options.checkpoint.as_ref().map_or_else(|| PathBuf::from(DATA), |directory| directory.join(DATA));
            Err(LabError::Resume { path, problem })
        };
        if self.settings != options.settings {
            return refused("it was made with other settings; they should be the same".to_owned());
        }
        if self.command != options.command {
            return refused(format!("it was made by `{}`, and this is `{}`", self.command, options.command));
        }
        for ((name, then), (_, now)) in self.environment.rows().into_iter().zip(here.rows()) {
            if then != now {
                return refused(format!("then the {name} was {then:?}, and it is {now:?}"));
            }
        }
        Ok(())
    }
}
