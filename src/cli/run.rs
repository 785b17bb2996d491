//! `vellum run`

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::Context;
use super::error::CliError;
use super::scenario::{Scenario, Telling};
use super::state::{self, Purpose};

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

Objects are compared field by field as far as expected, lists as a whole. The first line that fails, or does something
else than expected, ends the run with exit status 1; what lines before it committed stays."#;

/// Run a scenario: deployments and calls as JSON lines, in one process
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Run {
    /// The scenario; `-` is standard input
    file: PathBuf,

    /// Show also the calls inside each call, what they wrote and when, and the pages that changed
    #[arg(long)]
    trace: bool,
}

impl Run {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { file, trace } = self;
        let (name, base, input) = open(&file)?;
        let vm = state::open(&context.state, Purpose::Found)?;
        let telling = if trace { Telling::Trace } else { Telling::Receipt };
        run_lines(&name, input, &mut Scenario::new(&vm, base, telling), context)
    }
}

/// Runs each line and prints what it did.
pub fn run_lines(
    name: &str,
    input: impl BufRead,
    scenario: &mut Scenario<'_>,
    context: &mut Context,
) -> Result<(), CliError> {
    for (index, line) in input.lines().enumerate() {
        let in_line =
            |problem| CliError::Scenario { file: name.to_owned(), line: index + 1, problem: Box::new(problem) };
        let line = line.map_err(|error| in_line(CliError::Line(format!("cannot be read: {error}"))))?;
        if line.trim().is_empty() {
            continue;
        }
        let step = scenario.step(&line).map_err(in_line)?;
        context.output.document(|| step.json.clone(), || format!("line {}\n{}\n", index + 1, step.text))?;
        context.output.flush()?;
        step.check().map_err(in_line)?;
    }
    Ok(())
}

/// A scenario's name in messages, what its paths are relative to, and its text.
fn open(file: &Path) -> Result<(String, PathBuf, Box<dyn BufRead>), CliError> {
    if file == Path::new("-") {
        return Ok(("standard input".to_owned(), PathBuf::new(), Box::new(io::stdin().lock())));
    }
    let opened =
        File::open(file).map_err(|source| CliError::File { attempted: "reading", path: file.to_owned(), source })?;
    let base = file.parent().unwrap_or(Path::new("")).to_owned();
    Ok((file.display().to_string(), base, Box::new(BufReader::new(opened))))
}
