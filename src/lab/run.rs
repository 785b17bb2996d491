//! Runs of experiments, from the directory that they work in to the report.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::error::LabError;
use super::experiments::{self, Context, Experiment, Findings, Pair, contracts, layings};
use super::measure;
use super::options::ReportOptions;
use super::progress::Progress;
use super::report::{self, Environment, Report, Taken};

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
    let expected = layings::duration(&options.settings, |settings| contracts::duration(pair, settings));
    let mut run = Run::begin(expected, options, progress)?;
    let mut context = run.context(options, progress);
    let groups = layings::lay(&mut context, &options.settings, |context| contracts::run(pair, context))?;
    let missing = context.missing().to_vec();
    run.add(contracts::conclude(pair, groups), missing, expected);
    Ok(run.report)
}

fn run(experiments: &[Experiment], options: &ReportOptions, progress: &mut dyn Progress) -> Result<Report, LabError> {
    let kept =
        |experiment: &&Experiment| options.resumed.as_ref().is_some_and(|report| report.has_whole(experiment.name));
    let left = experiments.iter().filter(|experiment| !kept(experiment));
    let expected = left.map(|experiment| experiment.duration(&options.settings)).sum();
    let mut run = Run::begin(expected, options, progress)?;
    run.report.unfinished = experiments.iter().map(|experiment| experiment.name.to_owned()).collect();
    for experiment in experiments {
        if let Some(findings) =
            options.resumed.as_ref().filter(|_| kept(&experiment)).and_then(|report| report.findings(experiment.name))
        {
            run.keep(findings.clone(), options.resumed.as_ref());
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

/// A run at work.
struct Run {
    scratch: Scratch,
    clock: Instant,
    /// How long it took before it was resumed.
    before: f64,
    /// Stores made until now.
    stores: u32,
    report: Report,
}

impl Run {
    /// Begins measurements that are expected to last so long.
    fn begin(expected: Duration, options: &ReportOptions, progress: &mut dyn Progress) -> Result<Self, LabError> {
        let scratch = Scratch::below(&options.scratch)?;
        let environment = Environment::of_this_machine(&scratch.0);
        if let Some(resumed) = &options.resumed {
            resumed.can_go_on(&options.settings, &options.command, &environment).map_err(|problem| {
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
        let before = options.resumed.as_ref().map_or(0.0, |report| report.seconds);
        Ok(Self { scratch, clock: Instant::now(), before, stores: 0, report })
    }

    fn context<'a>(&'a mut self, options: &ReportOptions, progress: &'a mut dyn Progress) -> Context<'a> {
        self.stores += 1;
        let scratch = self.scratch.0.join(self.stores.to_string());
        let clock_step = Duration::from_nanos(self.report.clock_step_ns);
        Context::new(options.settings.clone(), options.interrupt.clone(), progress, scratch).with_clock_step(clock_step)
    }

    /// Takes what an experiment found before the run was interrupted, and how long that took.
    fn keep(&mut self, findings: Findings, resumed: Option<&Report>) {
        let taken = resumed.iter().flat_map(|report| &report.taken).filter(|taken| taken.experiment == findings.name);
        self.report.taken.extend(taken.cloned());
        self.report.unfinished.retain(|name| *name != findings.name);
        self.report.experiments.push(findings);
    }

    /// Takes what an experiment found, and what it did not measure.
    fn add(&mut self, findings: Findings, missing: Vec<String>, planned: Duration) {
        if missing.is_empty() {
            self.report.unfinished.retain(|name| *name != findings.name);
        }
        self.report.missing.extend(missing);
        let seconds = self.before + self.clock.elapsed().as_secs_f64();
        self.report.taken.push(Taken {
            experiment: findings.name.clone(),
            planned_seconds: planned.as_secs_f64(),
            seconds: seconds - self.report.seconds.max(self.before),
        });
        self.report.experiments.push(findings);
        self.report.seconds = seconds;
        // What an experiment leaves in the scratch directory is in nobody's way, and in the end removed with it.
        let _ = std::fs::remove_dir_all(self.scratch.0.join(self.stores.to_string()));
    }
}

/// A directory that is gone when the run is over.
struct Scratch(PathBuf);

impl Scratch {
    fn below(parent: &Path) -> Result<Self, LabError> {
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
