//! `vellum run`

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::context::Context;
use super::error::CliError;
use super::lines::Lines;
use super::output::Output;
use super::scenario::{Scenario, Step, Verbosity};
use super::signals::Signals;
use super::state::Purpose;

const AFTER_HELP: &str = r#"A scenario has one JSON object on each line; blank lines are skipped:

  {"deploy": "bank.wat", "as": "bank", "author": HEX, "nonce": N, "balance": N, "max_pages": N}
  {"wat": "(module …)", …}                    the same, with the contract itself in the line
  {"wasm": HEX, …}                            the same, binary
  {"fund": "$bank", "amount": N, "as": "fund"}
  {"call": "$bank", "function": "pay", "args": [1, -2, "0xff"], "input": HEX, "sender": HEX, "value": N,
   "gas": N, "pager": P, "block": N, "timestamp": N, "dry_run": true}

  {"block": [{"call": …}, …], "number": N, "timestamp": N}     calls that are committed as one block

"as" names an address. Later lines write it as "$bank" in place of an address or an input. "note" is printed. Paths are
relative to the scenario's file. Each line can expect any fields of its result:

  {"call": "$bank", "function": "pay", "expect": {"status": "returned", "contracts": [{"version": 1}]}}

Objects are compared by the expected fields and lists as a whole. An integer can be a number or text. The first line that
fails, or whose result differs from its expectation, ends the run with exit status 1. Commits of earlier lines stay. With
--fail, a call that reverts or halts also ends the run, with exit status 3, unless its line expects a status. With --json
the document of such a line has the failure as `error`."#;

/// Run a scenario: deployments and calls as JSON lines, in one process
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Run {
    /// The scenario; `-` is standard input
    file: PathBuf,

    /// Show also nested calls, their writes in order, and the changed pages
    #[arg(long)]
    trace: bool,

    /// End with exit status 3 at a call that reverts or halts, unless its line expects a status
    #[arg(long)]
    fail: bool,
}

impl Run {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { file, trace, fail } = self;
        let (name, base, input) = open(&file)?;
        let signals = Signals::listen().map_err(CliError::Signals)?;
        let vm = context.state.open_until(Purpose::Create, &signals)?;
        let verbosity = if trace { Verbosity::Trace } else { Verbosity::Receipt };
        run_lines(&name, input, &mut Scenario::new(&vm, base, verbosity), fail, &signals, context)
    }
}

/// Runs each line and prints its result, until a line fails. With `fail`, a call that does not return is a failure too.
pub fn run_lines(
    name: &str,
    input: impl BufRead + Send + 'static,
    scenario: &mut Scenario<'_>,
    fail: bool,
    signals: &Signals,
    context: &mut Context,
) -> Result<(), CliError> {
    let format = context.output.format();
    let print_interruption = move |signal| Output::new(format).print_failure(&CliError::Interrupted(signal));
    signals.end_process(print_interruption).map_err(CliError::Signals)?;
    let lines = Lines::read(input).map_err(|error| CliError::Line(format!("{name} cannot be read: {error}")))?;
    for number in 1.. {
        let in_line = |problem| match problem {
            CliError::Interrupted(signal) => CliError::Interrupted(signal),
            problem => CliError::Scenario { file: name.to_owned(), line: number, problem: Box::new(problem) },
        };
        let Some(line) = lines.next(signals).map_err(in_line)? else { break };
        if line.trim().is_empty() {
            continue;
        }
        let step = scenario.step(&line).map_err(in_line)?;
        let checked = step.check().and_then(|()| if fail { step.unexpected_failure() } else { Ok(()) });
        print(&step, number, checked.map_err(in_line), context)?;
        context.output.flush()?;
    }
    Ok(())
}

/// Prints the result of a line, with the failure if it failed.
fn print(step: &Step, number: usize, checked: Result<(), CliError>, context: &mut Context) -> Result<(), CliError> {
    let text = || format!("line {number}\n{}\n", step.text);
    match checked {
        Ok(()) => context.output.document(|| &step.json, text),
        Err(error) => Err(context.output.failing(|| &step.json, text, error)),
    }
}

/// Opens a scenario. Returns its name for messages, the directory of its paths, and its text.
fn open(file: &Path) -> Result<(String, PathBuf, Box<dyn BufRead + Send>), CliError> {
    if file == Path::new("-") {
        return Ok(("standard input".to_owned(), PathBuf::new(), Box::new(BufReader::new(io::stdin()))));
    }
    let opened =
        File::open(file).map_err(|source| CliError::File { attempted: "reading", path: file.to_owned(), source })?;
    let base = file.parent().unwrap_or(Path::new("")).to_owned();
    Ok((file.display().to_string(), base, Box::new(BufReader::new(opened))))
}
