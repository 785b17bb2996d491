//! The command line: one file per subcommand. It uses the library as anybody else does.
//!
//! ```text
//!  arguments ──► subcommand ──► Vm over a store (state) ──► a document or text ──► output
//!  scenario  ──┘
//! ```

mod account;
mod apply_diffs;
mod bench;
mod block;
mod call;
mod check;
mod deploy;
mod diff;
mod doctor;
mod events;
mod export_diffs;
mod fund;
mod fuzz;
mod history;
mod imports;
mod page;
mod prove;
mod prune;
mod read;
mod receipt;
mod replay;
mod report;
mod rollback;
mod run;
mod verify_proof;

mod arguments;
mod context;
mod contract_file;
mod error;
mod expect;
mod failure;
mod integer;
mod lines;
mod output;
mod progress;
mod scenario;
mod signals;
mod state;
mod strangers;
mod table;
mod text;
mod trace;
mod usage;
mod wrap;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use vellum::failure::FailureKind;

use arguments::seconds;
use context::Context;
use error::CliError;
use output::{Format, Output};
use state::{State, Wait};

const AFTER_HELP: &str = "\
Addresses, hashes and bytes are hex, with or without 0x. Integers are decimal, or hex with 0x. In JSON integers of 64 bits
that a contract or a person sets are decimal strings; either is read.

Exit status:
  0  done; also when a contract reverted or halted, which is a result: see `status` in the receipt
  1  the command failed: what it was given does not fit the store, the contract or the files it names
  2  it was called wrongly: an unknown option or pager, a missing argument, text that is not hex or not an integer
  3  with --fail: a contract reverted or halted
  130, 143, 129  interrupted by SIGINT, SIGTERM or SIGHUP, after what was found so far has been written

Under --json a failure is {\"error\": {\"kind\", \"message\"}} on standard output, or the field `error` of the document that the
command has all the same. Kinds:
";

/// A WebAssembly VM whose contracts keep their state in linear storage mapped into a wasm memory.
#[derive(Debug, Parser)]
#[command(name = "vellum", version, after_help = after_help())]
struct Cli {
    /// The directory of the store; the first deployment makes it [default: $VELLUM_STATE, or ./vellum-state]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    state: Option<PathBuf>,

    /// Print JSON on standard output, and nothing else there
    #[arg(long, global = true, help_heading = "Global options")]
    json: bool,

    /// Where another process writes to the store, wait until it is done, or for so long
    #[arg(
        long,
        global = true,
        value_name = "SECONDS",
        num_args = 0..=1,
        require_equals = true,
        value_parser = seconds,
        help_heading = "Global options"
    )]
    wait: Option<Option<Duration>>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Deploy(deploy::Deploy),
    Call(call::CallCommand),
    Run(run::Run),
    Fund(fund::Fund),
    Account(account::AccountCommand),
    Read(read::Read),
    Page(page::Page),
    History(history::History),
    Diff(diff::Diff),
    Rollback(rollback::Rollback),
    Prune(prune::Prune),
    ExportDiffs(export_diffs::ExportDiffs),
    ApplyDiffs(apply_diffs::ApplyDiffs),
    Receipt(receipt::ReceiptCommand),
    Block(block::BlockCommand),
    Events(events::EventsCommand),
    Prove(prove::Prove),
    VerifyProof(verify_proof::VerifyProof),
    Check(check::Check),
    Doctor(doctor::Doctor),
    Imports(imports::ImportsCommand),
    Fuzz(fuzz::Fuzz),
    Replay(replay::Replay),
    Bench(bench::Bench),
    Report(report::Report),
}

/// What follows the help: exit statuses, and the kinds of failures.
fn after_help() -> String {
    let mut text = AFTER_HELP.to_owned();
    for kind in FailureKind::ALL {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {:<11}  {}", kind.name(), kind.meaning());
    }
    text
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let Cli { state, json, wait, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::refused(&error),
    };
    let wait = match wait {
        None => Wait::No,
        Some(None) => Wait::UntilItIsFree,
        Some(Some(time)) => Wait::For(time),
    };
    let format = if json { Format::Json } else { Format::Text };
    let directory = state.unwrap_or_else(state::default_directory);
    let mut context = Context { state: State { directory, wait }, output: Output::new(format) };
    match command.run(&mut context).and_then(|()| context.output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            context.output.last_words(&error);
            ExitCode::from(error.exit_status())
        }
    }
}

impl Command {
    fn run(self, context: &mut Context) -> Result<(), CliError> {
        match self {
            Self::Deploy(command) => command.run(context),
            Self::Call(command) => command.run(context),
            Self::Run(command) => command.run(context),
            Self::Fund(command) => command.run(context),
            Self::Account(command) => command.run(context),
            Self::Read(command) => command.run(context),
            Self::Page(command) => command.run(context),
            Self::History(command) => command.run(context),
            Self::Diff(command) => command.run(context),
            Self::Rollback(command) => command.run(context),
            Self::Prune(command) => command.run(context),
            Self::ExportDiffs(command) => command.run(context),
            Self::ApplyDiffs(command) => command.run(context),
            Self::Receipt(command) => command.run(context),
            Self::Block(command) => command.run(context),
            Self::Events(command) => command.run(context),
            Self::Prove(command) => command.run(context),
            Self::VerifyProof(command) => command.run(context),
            Self::Check(command) => command.run(context),
            Self::Doctor(command) => command.run(context),
            Self::Imports(command) => command.run(context),
            Self::Fuzz(command) => command.run(context),
            Self::Replay(command) => command.run(context),
            Self::Bench(command) => command.run(context),
            Self::Report(command) => command.run(context),
        }
    }
}
