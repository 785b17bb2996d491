//! An experiment of the lab.

use std::time::Duration;

use super::layings;
use super::{Context, Findings, Group};
use crate::lab::{LabError, Settings};

/// A question, and the comparisons that answer it.
#[derive(Debug, Clone, Copy)]
pub struct Experiment {
    /// The name on the command line and in the data.
    pub name: &'static str,
    /// The question.
    pub question: &'static str,
    /// The planned time of one laying.
    pub duration: fn(&Settings) -> Duration,
    /// Sets the arms up and measures them: one laying.
    pub run: fn(&mut Context<'_>) -> Result<Vec<Group>, LabError>,
    /// Makes the results out of the comparisons of all layings.
    pub conclude: fn(&Settings, Vec<Group>) -> Findings,
    /// True if setting the arms up takes too long for more than one laying.
    pub has_one_laying: bool,
}

impl Experiment {
    /// The planned time of all layings.
    pub(in crate::lab) fn duration(&self, settings: &Settings) -> Duration {
        layings::duration(&self.settings(settings), self.duration)
    }

    /// Measures all layings.
    pub(in crate::lab) fn measure(&self, context: &mut Context<'_>) -> Result<Findings, LabError> {
        let settings = self.settings(&context.settings);
        let groups = layings::measure(context, &settings, self.run)?;
        Ok((self.conclude)(&settings, groups))
    }

    /// The settings of this experiment.
    fn settings(&self, settings: &Settings) -> Settings {
        if self.has_one_laying { settings.with_one_laying() } else { settings.clone() }
    }
}
