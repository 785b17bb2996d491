//! What an experiment is.

use std::time::Duration;

use super::layings;
use super::{Context, Findings, Group};
use crate::lab::{LabError, Settings};

/// A question and the way to its answer.
#[derive(Debug, Clone, Copy)]
pub struct Experiment {
    /// The name on the command line and in the data.
    pub name: &'static str,
    /// What it asks.
    pub question: &'static str,
    /// About how long one laying takes.
    pub duration: fn(&Settings) -> Duration,
    /// Lays the arms, and measures.
    pub run: fn(&mut Context<'_>) -> Result<Vec<Group>, LabError>,
    /// What that comes to.
    pub conclude: fn(&Settings, Vec<Group>) -> Findings,
    /// Laying the arms takes too long for doing it more than once.
    pub laid_once: bool,
}

impl Experiment {
    /// About how long it takes.
    pub(in crate::lab) fn duration(&self, settings: &Settings) -> Duration {
        layings::duration(&self.settings(settings), self.duration)
    }

    /// What it finds.
    pub(in crate::lab) fn measure(&self, context: &mut Context<'_>) -> Result<Findings, LabError> {
        let settings = self.settings(&context.settings);
        let groups = layings::lay(context, &settings, self.run)?;
        Ok((self.conclude)(&settings, groups))
    }

    /// The settings that it is measured with.
    fn settings(&self, settings: &Settings) -> Settings {
        if self.laid_once { settings.laid_once() } else { settings.clone() }
    }
}
