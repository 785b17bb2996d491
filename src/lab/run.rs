//! Runs of experiments, from the temporary directory to the report.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::error::LabError;
use super::experiments::{self, Context, Experiment, Findings, Pair, contracts, layings};
use super::measure;
use super::options::ReportOptions;
use super::progress::Progress;
use super::report::{self, Environment, Report, Taken};
use crate::scratch::ScratchDirectory;

/// Runs all experiments.
///
/// # Errors
/// A contract that gives a wrong answer, a VM or store that fails, a temporary directory that cannot be made.
/// Interruption is not an error: the report says what is missing.
pub fn run_report(options: &ReportOptions, progress: &mut dyn Progress) -> Result<Report, LabError> {
    let mut report = run(&experiments::ALL, options, progress)?;
    report.without_peers();
    Ok(report)
}

/// Runs the named experiments, in the given order.
///
/// # Errors
/// The errors of [`run_report`], and a name that no experiment has.
pub fn bench(names: &[String], options: &ReportOptions, progress: &mut dyn Progress) -> Result<Report, LabError> {
    run(&experiments::named(names)?, options, progress)
}

/// Measures two contracts that should end in the same storage.
///
/// # Errors
/// The errors of [`run_report`], and contracts that do not agree in their exports, in their answers or in their storage.
pub fn bench_pair(pair: &Pair, options: &ReportOptions, progress: &mut dyn Progress) -> Result<Report, LabError> {
    let expected = layings::duration(&options.settings, |settings| contracts::duration(pair, settings));
    let mut run = Run::begin(expected, options, progress)?;
    let mut context = run.context(options, progress);
    let groups = layings::measure(&mut context, &options.settings, |context| contracts::run(pair, context))?;
    let missing = context.missing().to_vec();
    run.add(contracts::conclude(pair, groups), missing, expected);
    Ok(run.report)
}

fn run(experiments: &[Experiment], options: &ReportOptions, progress: &mut dyn Progress) -> Result<Report, LabError> {
    let resumed = options.resumed.as_ref();
    let is_kept = |experiment: &&Experiment| resumed.is_some_and(|report| report.is_complete(experiment.name));
    let to_measure = experiments.iter().filter(|experiment| !is_kept(experiment));
    let expected = to_measure.map(|experiment| experiment.duration(&options.settings)).sum();
    let mut run = Run::begin(expected, options, progress)?;
    run.report.unfinished = experiments.iter().map(|experiment| experiment.name.to_owned()).collect();
    for experiment in experiments {
        if let Some(report) = resumed.filter(|_| is_kept(&experiment))
            && let Some(findings) = report.findings(experiment.name)
        {
            run.keep(findings.clone(), report);
            continue;
        }
        if options.interrupt.requested() {
            run.report.missing.push(format!("{}: {}", experiment.name, experiment.question));
            continue;
        }
        let mut context = run.context(options, progress);
        let findings = experiment.measure(&mut context)?;
        let missing = context.missing().to_vec();
        run.add(findings, missing, experiment.duration(&options.settings));
        if let Some(directory) = &options.checkpoint {
            report::write(directory, report::DATA, &run.report.json()?)?;
        }
    }
    Ok(run.report)
}

/// A run in progress.
struct Run {
    scratch: ScratchDirectory,
    clock: Instant,
    /// How many seconds the run took before it was interrupted and resumed.
    earlier_seconds: f64,
    /// How many experiments have begun: each has its own subdirectory.
    begun: u32,
    report: Report,
}

impl Run {
    fn begin(expected: Duration, options: &ReportOptions, progress: &mut dyn Progress) -> Result<Self, LabError> {
        let scratch = ScratchDirectory::new(&options.scratch, "vellum-lab-").map_err(|source| LabError::Io {
            attempted: "making a directory in",
            path: options.scratch.clone(),
            source,
        })?;
        let environment = Environment::of_this_host(scratch.path());
        if let Some(resumed) = &options.resumed {
            resumed.check_resumable(&options.settings, &options.command, &environment).map_err(|problem| {
                let path = options.checkpoint.as_deref().unwrap_or(Path::new("")).join(report::DATA);
                LabError::Resume { path, problem }
            })?;
        }
        progress.begin(expected);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let report = Report {
            schema: report::SCHEMA.to_owned(),
            version: report::VERSION,
            command: options.command.clone(),
            started: options.resumed.as_ref().map_or(now, |report| report.started),
            seconds: 0.0,
            planned_seconds: expected.as_secs_f64(),
            rounds: options.settings.rounds,
            sample_ns: options.settings.sample_us * 1_000,
            clock_step_ns: options
                .resumed
                .as_ref()
                .map_or_else(|| measure::clock_step().as_nanos() as u64, |report| report.clock_step_ns),
            settings: options.settings.clone(),
            environment,
            experiments: Vec::new(),
            peers: None,
            missing: Vec::new(),
            unfinished: Vec::new(),
            taken: Vec::new(),
        };
        let earlier_seconds = options.resumed.as_ref().map_or(0.0, |report| report.seconds);
        Ok(Self { scratch, clock: Instant::now(), earlier_seconds, begun: 0, report })
    }

    fn context<'a>(&'a mut self, options: &ReportOptions, progress: &'a mut dyn Progress) -> Context<'a> {
        self.begun += 1;
        let scratch = self.scratch.path().join(self.begun.to_string());
        let clock_step = Duration::from_nanos(self.report.clock_step_ns);
        Context::new(options.settings.clone(), options.interrupt.clone(), progress, scratch).with_clock_step(clock_step)
    }

    /// Adds findings that the interrupted run had made, and the time that they took.
    fn keep(&mut self, findings: Findings, resumed: &Report) {
        let taken = resumed.taken.iter().filter(|taken| taken.experiment == findings.name);
        self.report.taken.extend(taken.cloned());
        self.report.unfinished.retain(|name| *name != findings.name);
        self.report.experiments.push(findings);
    }

    /// Adds what an experiment found, and what it did not measure.
    fn add(&mut self, findings: Findings, missing: Vec<String>, planned: Duration) {
        if missing.is_empty() {
            self.report.unfinished.retain(|name| *name != findings.name);
        }
        self.report.missing.extend(missing);
        let seconds = self.earlier_seconds + self.clock.elapsed().as_secs_f64();
        self.report.taken.push(Taken {
            experiment: findings.name.clone(),
            planned_seconds: planned.as_secs_f64(),
            seconds: seconds - self.report.seconds.max(self.earlier_seconds),
        });
        self.report.experiments.push(findings);
        self.report.seconds = seconds;
        // A failure does no harm: the whole directory is removed at the end of the run.
        let _ = std::fs::remove_dir_all(self.scratch.path().join(self.begun.to_string()));
    }
}
