//! `vellum run`

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::context::Context;
use super::error::CliError;
use super::lines::Lines;
use super::output::Output;
use super::scenario::{Scenario, Step, Telling};
use super::signals::Signals;
use super::state::Purpose;

const AFTER_HELP: &str = r#"A scenario has one JSON object on each line; blank lines are skipped:

  {"deploy": "bank.wat", "as": "bank", "author": HEX, "nonce": N, "balance": N, "max_pages": N}
  {"wat": "(module …)", …}                    the same with the contract itself in the line
  {"wasm": HEX, …}                            the same, binary
  {"fund": "$bank", "amount": N, "as": "fund"}
  {"call": "$bank", "function": "pay", "args": [1, -2, "0xff"], "input": HEX, "sender": HEX, "value": N,
   "gas": N, "pager": P, "block": N, "timestamp": N, "dry_run": true}

  {"block": [{"call": …}, …], "number": N, "timestamp": N}     calls that are committed as one

"as" names an address, which later lines write as "$bank" wherever an address stands, and as an input. "note" is printed. Paths are relative to the
scenario's file. Each line may say what it expects, with as many fields of its result as it likes:

  {"call": "$bank", "function": "pay", "expect": {"status": "returned", "contracts": [{"version": 1}]}}

Objects are compared field by field as far as expected, lists as a whole, and an integer is the same as a number and as text.
The first line that fails, or does something else than expected, ends the run with exit status 1; what lines before it
committed stays. With --fail so does a call that reverts or halts and whose line does not expect a status: exit status 3.
Under --json the document of such a line has the reason as `error`."#;

/// Run a scenario: deployments and calls as JSON lines, in one process
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Run {
    /// The scenario; `-` is standard input
    file: PathBuf,

    /// Show also the calls inside each call, what they wrote and when, and the pages that changed
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
        let vm = context.state.open_until(Purpose::Found, &signals)?;
        let telling = if trace { Telling::Trace } else { Telling::Receipt };
        run_lines(&name, input, &mut Scenario::new(&vm, base, telling), fail, &signals, context)
    }
}

/// Runs each line and prints what it did, until one fails; with `fail` also until a call does not return.
pub fn run_lines(
    name: &str,
    input: impl BufRead + Send + 'static,
    scenario: &mut Scenario<'_>,
    fail: bool,
    signals: &Signals,
    context: &mut Context,
) -> Result<(), CliError> {
    let format = context.output.format();
    let last_words = move |signal| Output::new(format).last_words(&CliError::Interrupted(signal));
    signals.end_process(last_words).map_err(CliError::Signals)?;
    let lines = Lines::of(input).map_err(|error| CliError::Line(format!("{name} cannot be read: {error}")))?;
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
        let judged = step.check().and_then(|()| if fail { step.unexpected_failure() } else { Ok(()) });
        tell(&step, number, judged.map_err(in_line), context)?;
        context.output.flush()?;
    }
    Ok(())
}

/// Prints what a line did, and why that is wrong if it is.
fn tell(step: &Step, number: usize, judged: Result<(), CliError>, context: &mut Context) -> Result<(), CliError> {
    let text = || format!("line {number}\n{}\n", step.text);
    match judged {
        Ok(()) => context.output.document(|| &step.json, text),
        Err(error) => Err(context.output.failing(|| &step.json, text, error)),
    }
}

/// A scenario's name in messages, what its paths are relative to, and its text.
fn open(file: &Path) -> Result<(String, PathBuf, Box<dyn BufRead + Send>), CliError> {
    if file == Path::new("-") {
        return Ok(("standard input".to_owned(), PathBuf::new(), Box::new(BufReader::new(io::stdin()))));
    }
    let opened =
        File::open(file).map_err(|source| CliError::File { attempted: "reading", path: file.to_owned(), source })?;
    let base = file.parent().unwrap_or(Path::new("")).to_owned();
    Ok((file.display().to_string(), base, Box::new(BufReader::new(opened))))
}
