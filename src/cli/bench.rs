//! `vellum bench`

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use vellum::lab::experiments::ALL;
use vellum::lab::{Brought, Pair, ReportOptions, SameCall, Settings, bench, bench_pair};
use vellum::limits::DEFAULT_GAS;
use vellum::paging::PagerKind;
use vellum::units::Gas;

use super::arguments::{CallText, unsigned, with_types};
use super::context::Context;
use super::contract_file::read_contract;
use super::error::CliError;
use super::progress::Bar;
use super::signals::Signals;
use super::untrusted;

const AFTER_HELP: &str = "\
Two contracts of one's own are measured with --contract and --against. They should have the same exports, give the same and
end in the same storage, as the built-in workloads do in their forms:

  vellum bench --contract mapped.wat --against slices.wat --setup \"fill 1000\" --call \"sum 10\" --call \"put 3 -1\"

Each --call is a row: dry runs from the state after the setup, and commits that go on from one another, so it has to be a
call that can be repeated. What both contracts gave, and every page that they hold, is compared; a difference, or a call
that does not return, ends the measuring with exit status 1 and no number.";

/// Run some experiments and print what they found, or measure two contracts against each other
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

/// The options for contracts of one's own.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Contracts of one's own")]
pub struct PairArguments {
    /// A contract to measure: WebAssembly, binary or text
    #[arg(long, value_name = "FILE", requires = "against", requires = "calls", conflicts_with = "experiments")]
    contract: Option<PathBuf>,

    /// The contract that it is measured against
    #[arg(long, value_name = "FILE", requires = "contract")]
    against: Option<PathBuf>,

    /// A call to measure, \"FUNCTION ARG…\"; can be given more than once
    #[arg(long = "call", id = "calls", value_name = "CALL", requires = "contract")]
    calls: Vec<CallText>,

    /// A call that is committed once before, in the order given; can be given more than once
    #[arg(long, value_name = "CALL", requires = "contract")]
    setup: Vec<CallText>,

    /// How storage is presented to a contract that maps it, with commas between [default: all that the host can run]
    #[arg(long, value_name = "P,…", value_delimiter = ',', requires = "contract")]
    pagers: Vec<PagerKind>,

    /// The most gas that a call may use
    #[arg(long, value_name = "N", default_value_t = DEFAULT_GAS.0, value_parser = unsigned, requires = "contract")]
    gas: u64,
}

/// The options for how much is measured.
#[derive(Debug, clap::Args)]
pub struct EffortArguments {
    #[command(flatten)]
    which: Which,

    /// Measure with one setting changed, a name and JSON: rounds=15, growth.stored_pages=[0,256]; can be given more than once
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

/// Settings as a whole.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Which {
    /// Measure for about two minutes; this is the default
    #[arg(long)]
    quick: bool,

    /// Measure for numbers to cite, for about half an hour
    #[arg(long)]
    full: bool,

    /// Measure what a file says; the data of any run has the settings that it was made with
    #[arg(long, value_name = "SETTINGS.JSON")]
    config: Option<PathBuf>,

    /// Measure next to nothing, to see that everything works
    #[arg(long, hide = true)]
    tiny: bool,
}

impl EffortArguments {
    /// What a measurement is told; `command` is what repeats it, but for these options. A signal stops it.
    pub fn options(&self, command: &str, signals: &Signals) -> Result<ReportOptions, CliError> {
        let (mut settings, mut command) = match &self.which {
            Which { config: Some(path), .. } => {
                (Settings::read(path)?, format!("vellum {command} --config {}", path.display()))
            }
            Which { full: true, .. } => (Settings::full(), format!("vellum {command} --full")),
            Which { tiny: true, .. } => (Settings::tiny(), format!("vellum {command} --tiny")),
            _ => (Settings::quick(), format!("vellum {command} --quick")),
        };
        for assignment in &self.set {
            settings = settings.with(assignment)?;
            command += &format!(" --set '{assignment}'");
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
        let contract = Brought::new(&name, &read_contract(contract)?)?;
        let against = Brought::new(&other, &read_contract(against)?)?;
        let typed = |call: &CallText| {
            let arguments = match contract.metadata().exports.get(&call.function) {
                Some(signature) => with_types(&call.function, signature, &call.arguments)?,
                None => Vec::new(),
            };
            Ok(SameCall { function: call.function.clone(), arguments })
        };
        let (setup, calls) = (self.setup.iter().map(typed).collect::<Result<_, CliError>>()?, &self.calls);
        let calls = calls.iter().map(typed).collect::<Result<_, CliError>>()?;
        let mut pagers = self.pagers.clone();
        if pagers.is_empty() {
            pagers = PagerKind::available().collect();
        }
        Ok(Pair { contract, against, setup, calls, pagers, gas: Gas(self.gas) })
    }

    /// What repeats the measurement.
    fn command(&self, contract: &Path, against: &Path) -> String {
        let mut command = format!("bench --contract {} --against {}", contract.display(), against.display());
        for (option, calls) in [("setup", &self.setup), ("call", &self.calls)] {
            for call in calls {
                let words: Vec<String> = call.arguments.iter().map(ToString::to_string).collect();
                command += &format!(" --{option} \"{}\"", [&[call.function.clone()][..], &words].concat().join(" "));
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

/// The files' names without their directories and endings, or as much more as tells them apart.
fn names(contract: &Path, against: &Path) -> [String; 2] {
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let paths = [contract, against].map(|path| path.display().to_string());
    match [stem(contract), stem(against)] {
        [one, other] if one != other => [one, other],
        _ if contract != against => paths,
        _ => [paths[0].clone(), format!("{} again", paths[1])],
    }
}
