//! The lab: what does mapped storage cost against slice calls, on this machine?
//!
//! `workloads/` are contracts in several forms with a native model that judges them, `measure/` takes samples and says
//! what may be concluded from them, `experiments/` ask the questions, and `report/` shows the answers. [`run_report`] is
//! all of it; [`bench`](fn@bench) runs some experiments, and [`bench_pair`] measures two contracts of one's own.

mod error;
pub mod experiments;
pub mod measure;
pub mod report;
pub mod workloads;

pub use error::{LabError, StorageDifference};
pub use experiments::{Brought, Pair, SameCall, Settings};
pub use measure::Interrupt;
pub use report::{Comparison, Report};

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use experiments::{Context, Experiment, Findings, contracts};
use report::Environment;

/// Told how a run goes on, for a person who waits.
pub trait Progress {
    /// A run begins that is expected to take so long.
    fn begin(&mut self, expected: Duration);

    /// This is measured now.
    fn working_on(&mut self, what: &str);

    /// What was expected to take so long is done.
    fn done(&mut self, planned: Duration);
}

/// Nobody waits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&mut self, _expected: Duration) {}
    fn working_on(&mut self, _what: &str) {}
    fn done(&mut self, _planned: Duration) {}
}

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
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            settings: Settings::QUICK,
            interrupt: Interrupt::default(),
            scratch: std::env::temp_dir(),
            command: "vellum report --quick".to_owned(),
        }
    }
}

/// Runs all experiments.
///
/// # Errors
/// A contract that gives a wrong answer, a machine or store that fails, a scratch directory that cannot be made.
/// Interruption is not an error: the report says what is missing.
pub fn run_report(options: &ReportOptions, progress: &mut dyn Progress) -> Result<Report, LabError> {
    let mut report = run(&experiments::ALL, options, progress)?;
    report.without_peers();
    Ok(report)
}

/// Runs the experiments with these names, in this order.
///
/// # Errors
/// As [`run_report`], and a name that no experiment has.
pub fn bench(names: &[String], options: &ReportOptions, progress: &mut dyn Progress) -> Result<Report, LabError> {
    run(&experiments::named(names)?, options, progress)
}

/// Measures two contracts that should end in the same storage.
///
/// # Errors
/// As [`run_report`], and contracts that do not agree: in their exports, in what they give or in what they store.
pub fn bench_pair(pair: &Pair, options: &ReportOptions, progress: &mut dyn Progress) -> Result<Report, LabError> {
    let expected = contracts::duration(pair, &options.settings);
    measure(expected, options, progress, |context| Ok(vec![contracts::run(pair, context)?]))
}

fn run(experiments: &[Experiment], options: &ReportOptions, progress: &mut dyn Progress) -> Result<Report, LabError> {
    let expected = experiments.iter().map(|experiment| (experiment.duration)(&options.settings)).sum();
    measure(expected, options, progress, |context| {
        let mut answers = Vec::new();
        for experiment in experiments {
            if context.interrupted() {
                context.miss(format!("{}: {}", experiment.name, experiment.question));
            } else {
                answers.push((experiment.run)(context)?);
            }
        }
        Ok(answers)
    })
}

/// Takes measurements that are expected to last so long, and puts them into a report.
fn measure(
    expected: Duration,
    options: &ReportOptions,
    progress: &mut dyn Progress,
    work: impl FnOnce(&mut Context<'_>) -> Result<Vec<Findings>, LabError>,
) -> Result<Report, LabError> {
    let scratch = Scratch::below(&options.scratch)?;
    let (started, clock) = (SystemTime::now(), Instant::now());
    progress.begin(expected);
    let mut context = Context::new(options.settings, options.interrupt.clone(), progress, &scratch.0);
    let experiments = work(&mut context)?;
    Ok(Report {
        schema: report::SCHEMA.to_owned(),
        version: report::VERSION,
        command: options.command.clone(),
        started: started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
        seconds: clock.elapsed().as_secs_f64(),
        rounds: options.settings.rounds,
        sample_ns: options.settings.sample.as_nanos() as u64,
        clock_step_ns: context.clock_step().as_nanos() as u64,
        environment: Environment::of_this_machine(&scratch.0),
        missing: context.missing().to_vec(),
        peers: None,
        experiments,
    })
}

/// A directory that is gone when the run is over.
struct Scratch(PathBuf);

impl Scratch {
    fn below(parent: &std::path::Path) -> Result<Self, LabError> {
        let path = parent.join(format!("vellum-lab-{}", std::process::id()));
        match std::fs::create_dir_all(&path) {
            Ok(()) => Ok(Self(path)),
            Err(source) => Err(LabError::Io { attempted: "making the directory", path, source }),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is left to whoever clears the temporary directory.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
