//! `vellum bench`

use clap::builder::PossibleValuesParser;
use vellum::lab::experiments::ALL;
use vellum::lab::{LabError, ReportOptions, Settings, bench};

use super::Context;
use super::error::CliError;
use super::progress::{Bar, stop_on_ctrl_c};

/// Run some experiments and print what they found
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// The experiments [default: all]
    #[arg(value_name = "EXPERIMENT", value_parser = PossibleValuesParser::new(ALL.map(|experiment| experiment.name)))]
    experiments: Vec<String>,

    #[command(flatten)]
    effort: EffortArguments,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    Quick,
    Full,
    Tiny,
}

/// The options for how much is measured.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub struct EffortArguments {
    /// Measure for about two minutes; this is the default
    #[arg(long)]
    quick: bool,

    /// Measure for numbers to cite
    #[arg(long)]
    full: bool,

    /// Measure next to nothing, to see that everything works
    #[arg(long, hide = true)]
    tiny: bool,
}

impl EffortArguments {
    pub fn effort(&self) -> Effort {
        match (self.full, self.tiny) {
            (true, _) => Effort::Full,
            (_, true) => Effort::Tiny,
            _ => Effort::Quick,
        }
    }
}

impl Effort {
    /// What a measurement of this effort is told; `command` is what repeats it, but for the effort. Ctrl-C stops it.
    pub fn options(self, command: &str) -> Result<ReportOptions, CliError> {
        let (settings, name) = match self {
            Self::Quick => (Settings::QUICK, "quick"),
            Self::Full => (Settings::FULL, "full"),
            Self::Tiny => (Settings::TINY, "tiny"),
        };
        let command = format!("vellum {command} --{name}");
        Ok(ReportOptions { settings, interrupt: stop_on_ctrl_c()?, command, ..ReportOptions::default() })
    }
}

impl Bench {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let command = format!("bench {}", self.experiments.join(" "));
        let options = self.effort.effort().options(command.trim_end())?;
        let report = bench(&self.experiments, &options, &mut Bar::new())?;
        let data = serde_json::to_value(&report).map_err(LabError::from)?;
        context.output.document(|| data, || report.summary())
    }
}
