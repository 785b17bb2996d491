//! `vellum bench`

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use vellum::lab::experiments::ALL;
use vellum::lab::{LabError, Pair, PairCall, ReportOptions, Settings, UserContract, bench, bench_pair};
use vellum::limits::DEFAULT_GAS;
use vellum::paging::PagerKind;
use vellum::units::Gas;

use super::arguments::{CallText, unsigned, with_types};
use super::context::Context;
use super::contract_file::read_contract;
use super::error::CliError;
use super::progress::Bar;
use super::shell::quoted;
use super::signals::Signals;
use super::untrusted;

const AFTER_HELP: &str = "\
--contract and --against compare two contracts of your own. They should have the same exports, return the same results and
end in the same storage, as the forms of the built-in workloads do:

  vellum bench --contract mapped.wat --against slices.wat --setup \"fill 1000\" --call \"sum 10\" --call \"put 3 -1\"

Each --call is a row. It is measured as a dry run from the state after the setup, and as a commit. Each commit continues from
the one before, so the call must be repeatable. The answers of both contracts and every page of their storage are compared. A
difference, or a call that does not return, ends the run with exit status 1 and without numbers.";

/// Run experiments and print their results, or compare two contracts
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Bench {
    /// The experiments [default: all]
    #[arg(value_name = "EXPERIMENT", value_parser = PossibleValuesParser::new(ALL.map(|experiment| experiment.name)))]
    experiments: Vec<String>,

    #[command(flatten)]
    effort: EffortArguments,

    /// Also write index.html, data.json and summary.csv, as `vellum report` does
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    pair: PairArguments,
}

/// The options for contracts of the user.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Your own contracts")]
pub struct PairArguments {
    /// The contract to measure: WebAssembly, binary or text
    #[arg(long, value_name = "FILE", requires = "against", requires = "calls", conflicts_with = "experiments")]
    contract: Option<PathBuf>,

    /// The contract to compare it with
    #[arg(long, value_name = "FILE", requires = "contract")]
    against: Option<PathBuf>,

    /// A call to measure, "FUNCTION ARG…"; can be given more than once
    #[arg(long = "call", id = "calls", value_name = "CALL", requires = "contract")]
    calls: Vec<CallText>,

    /// A call that is committed once before the measurement; can be given more than once, in order
    #[arg(long, value_name = "CALL", requires = "contract")]
    setup: Vec<CallText>,

    /// The pagers of a contract that maps storage, separated by commas [default: all that the host can run]
    #[arg(long, value_name = "P,…", value_delimiter = ',', requires = "contract")]
    pagers: Vec<PagerKind>,

    /// The gas limit of a call
    #[arg(long, value_name = "N", default_value_t = DEFAULT_GAS.0, value_parser = unsigned, requires = "contract")]
    gas: u64,
}

/// The options that say how much to measure.
#[derive(Debug, clap::Args)]
pub struct EffortArguments {
    #[command(flatten)]
    preset: Preset,

    /// Change one setting, given as a name and JSON: rounds=15, growth.stored_pages=[0,256]; can be given more than once
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

/// The options that choose all settings.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Preset {
    /// Measure for about two minutes; this is the default
    #[arg(long)]
    quick: bool,

    /// Measure for about half an hour, for numbers to cite
    #[arg(long)]
    full: bool,

    /// Measure with settings from a file; data.json of any run contains its settings
    #[arg(long, value_name = "SETTINGS.JSON")]
    config: Option<PathBuf>,

    /// Measure with the smallest sizes, to see that everything works
    #[arg(long, hide = true)]
    tiny: bool,
}

impl EffortArguments {
    /// The options of a run that a signal stops. `command` is the command that repeats it, without these options.
    pub fn options(&self, command: &str, signals: &Signals) -> Result<ReportOptions, CliError> {
        let (mut settings, mut command) = match &self.preset {
            Preset { config: Some(path), .. } => {
                (Settings::read(path)?, format!("vellum {command} --config {}", quoted(path.display())))
            }
            Preset { full: true, .. } => (Settings::full(), format!("vellum {command} --full")),
            Preset { tiny: true, .. } => (Settings::tiny(), format!("vellum {command} --tiny")),
            _ => (Settings::quick(), format!("vellum {command} --quick")),
        };
        for assignment in &self.set {
            settings = settings.with(assignment)?;
            command += &format!(" --set {}", quoted(assignment));
        }
        Ok(ReportOptions { interrupt: signals.interrupt(), ..ReportOptions::new(settings, command) })
    }
}

impl Bench {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let (effort, signals) = (&self.effort, Signals::listen().map_err(CliError::Signals)?);
        let report = match (&self.pair.contract, &self.pair.against) {
            (Some(contract), Some(against)) => {
                let pair = self.pair.read(contract, against)?;
                bench_pair(&pair, &effort.options(&self.pair.command(contract, against), &signals)?, &mut Bar::new())?
            }
            _ => {
                let command = format!("bench {}", self.experiments.join(" "));
                bench(&self.experiments, &effort.options(command.trim_end(), &signals)?, &mut Bar::new())?
            }
        };
        if let Some(out) = &self.out {
            report.write(out)?;
        }
        let page = self.out.map(|out| format!("{}\n", out.join("index.html").display())).unwrap_or_default();
        let text = || untrusted::lines(&report.summary()) + &page;
        match signals.received() {
            None => context.output.document(|| &report, text),
            Some(signal) => Err(context.output.failing(|| &report, text, CliError::Interrupted(signal))),
        }
    }
}

impl PairArguments {
    fn read(&self, contract: &Path, against: &Path) -> Result<Pair, CliError> {
        let [name, other] = names(contract, against);
        let candidate = user_contract(&name, contract)?;
        let reference = user_contract(&other, against)?;
        let typed = |call: &CallText| {
            let arguments = match candidate.metadata().exports.get(&call.function) {
                Some(signature) => with_types(&call.function, signature, &call.arguments)?,
                None => Vec::new(),
            };
            Ok(PairCall { function: call.function.clone(), arguments })
        };
        let (setup, calls) = (self.setup.iter().map(typed).collect::<Result<_, CliError>>()?, &self.calls);
        let calls = calls.iter().map(typed).collect::<Result<_, CliError>>()?;
        let mut pagers = self.pagers.clone();
        if pagers.is_empty() {
            pagers = PagerKind::available().collect();
        }
        Ok(Pair { candidate, reference, setup, calls, pagers, gas: Gas(self.gas) })
    }

    /// The command that repeats the run.
    fn command(&self, contract: &Path, against: &Path) -> String {
        let mut command =
            format!("bench --contract {} --against {}", quoted(contract.display()), quoted(against.display()));
        for (option, calls) in [("setup", &self.setup), ("call", &self.calls)] {
            for call in calls {
                let words: Vec<String> = call.arguments.iter().map(ToString::to_string).collect();
                let words = [&[call.function.clone()][..], &words].concat().join(" ");
                command += &format!(" --{option} {}", quoted(words));
            }
        }
        if !self.pagers.is_empty() {
            let pagers: Vec<&str> = self.pagers.iter().map(|pager| pager.name()).collect();
            command += &format!(" --pagers {}", pagers.join(","));
        }
        if self.gas != DEFAULT_GAS.0 {
            command += &format!(" --gas {}", self.gas);
        }
        command
    }
}

/// Reads a contract. The error of one that is refused names its file.
fn user_contract(name: &str, path: &Path) -> Result<UserContract, CliError> {
    UserContract::new(name, &read_contract(path)?).map_err(|error| match error {
        LabError::Contract { source, .. } => {
            CliError::Deploy { contract: path.display().to_string(), source: Box::new((*source).into()) }
        }
        error => error.into(),
    })
}

/// The names of the contracts: those of the files without extensions if they differ, and otherwise their paths.
fn names(contract: &Path, against: &Path) -> [String; 2] {
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let paths = [contract, against].map(|path| path.display().to_string());
    match [stem(contract), stem(against)] {
        [one, other] if one != other => [one, other],
        _ if contract != against => paths,
        _ => [paths[0].clone(), format!("{} again", paths[1])],
    }
}
