//! The command line: one file for each subcommand. It uses only the public API of the library.
//!
//! ```text
//!  arguments ──► subcommand ──► Vm over a store (state) ──► a document or text ──► output
//!  scenario  ──┘
//! ```

mod account;
mod apply_diffs;
mod backup;
mod bench;
mod block;
mod call;
mod check;
mod completions;
mod deploy;
mod diff;
mod doctor;
mod events;
mod export_diffs;
mod fund;
mod fuzz;
mod history;
mod imports;
mod man;
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
mod help;
mod integer;
mod lines;
mod output;
mod progress;
mod scenario;
mod shell;
mod signals;
mod state;
mod table;
mod text;
mod trace;
mod untrusted;
mod usage;
mod wrap;

use std::env;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use vellum::failure::FailureKind;
use vellum::store::StoreError;

use arguments::seconds;
use context::Context;
use error::CliError;
use output::{Format, Output};
use signals::Signals;
use state::{State, Wait};

const AFTER_HELP: &str = "\
Addresses, hashes and bytes are hex, with or without 0x. Integers are decimal, or hex with 0x. In JSON, integers of 64 bits
that a contract or a user sets are decimal strings; in input both forms are accepted.

Exit status:
  0  success; also when a contract reverted or halted, which is a result: see `status` in the receipt
  1  the command failed: its arguments do not fit the store, the contract or the files that they name
  2  usage error: an unknown option or pager, a missing argument, text that is not hex or not an integer
  3  with --fail: a contract reverted or halted
  130, 143, 129  interrupted by SIGINT, SIGTERM or SIGHUP, after what was found so far has been written

With --json a failure is {\"error\": {\"kind\", \"message\"}} on standard output. If the command has a document even so, the failure
is its field `error`. Kinds:
";

/// How often a command that reads without a lock is run.
const TIMES_WITHOUT_LOCK: u32 = 100;

/// A WebAssembly VM whose contracts keep their state in linear storage mapped into a wasm memory.
#[derive(Debug, Parser)]
#[command(name = "vellum", version, after_help = after_help())]
struct Cli {
    /// The directory of the store; the first deployment creates it [default: $VELLUM_STATE, or ./vellum-state]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    state: Option<PathBuf>,

    /// Print JSON on standard output, and nothing else there
    #[arg(long, global = true, help_heading = "Global options")]
    json: bool,

    /// If another process has the store open for writing, wait until it closes it, or for SECONDS at most
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

    /// Read without registering in lock.mdb, for a store that only others may write; again if another process has changed it meanwhile
    #[arg(long, global = true, help_heading = "Global options")]
    no_lock: bool,

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
    Backup(backup::Backup),
    Doctor(doctor::Doctor),
    Imports(imports::ImportsCommand),
    Fuzz(fuzz::Fuzz),
    Replay(replay::Replay),
    Bench(bench::Bench),
    Report(report::Report),
    Completions(completions::Completions),
    Man(man::ManCommand),
}

/// Returns the end of the help: exit statuses, and the kinds of failures.
fn after_help() -> String {
    let mut text = AFTER_HELP.to_owned();
    for kind in FailureKind::ALL {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {:<11}  {}", kind.name(), kind.meaning());
    }
    text
}

/// Returns the arguments of all commands.
fn arguments_of_all() -> clap::Command {
    with_negative_numbers(Cli::command())
}

/// Lets `--option -1` reach the parser of the option, which says what it accepts. Otherwise it would be an unknown option.
fn with_negative_numbers(command: clap::Command) -> clap::Command {
    let allow = |arg: clap::Arg| {
        let takes_value = arg.get_action().takes_values();
        if takes_value { arg.allow_negative_numbers(true) } else { arg }
    };
    command.mut_args(allow).mut_subcommands(with_negative_numbers)
}

/// Parses the command line of the process. Its help fits the terminal.
fn parse() -> Result<Cli, clap::Error> {
    let mut command = help::fitted(arguments_of_all());
    let matches = command.try_get_matches_from_mut(env::args_os())?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let Cli { state, json, wait, no_lock, command } = match parse() {
        Ok(cli) => cli,
        Err(error) => return usage::refused(&error),
    };
    let wait = match wait {
        None => Wait::No,
        Some(None) => Wait::UntilFree,
        Some(Some(time)) => Wait::For(time),
    };
    let format = if json { Format::Json } else { Format::Text };
    let directory = state.unwrap_or_else(state::default_directory);
    let mut context = Context { state: State::new(directory, wait, no_lock), output: Output::new(format) };
    let run = |context: &mut Context| {
        Signals::survive_file_length_limit().map_err(CliError::Signals)?;
        if no_lock { run_without_lock(context) } else { command.run(context) }
    };
    match run(&mut context).and_then(|()| context.output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            context.output.print_failure(&error);
            ExitCode::from(error.exit_status())
        }
    }
}

/// Runs a command that reads without a lock, until no other process has changed the store meanwhile.
fn run_without_lock(context: &mut Context) -> Result<(), CliError> {
    for _ in 0..TIMES_WITHOUT_LOCK {
        context.output.hold();
        // The arguments were accepted before.
        let Ok(Cli { command, .. }) = parse() else { break };
        let result = command.run(context);
        if !context.state.was_overtaken() {
            context.output.release()?;
            return result;
        }
    }
    context.output.hold();
    context.output.release()?;
    Err(StoreError::Overtaken { path: context.state.directory.clone() }.into())
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
            Self::Backup(command) => command.run(context),
            Self::Doctor(command) => command.run(context),
            Self::Imports(command) => command.run(context),
            Self::Fuzz(command) => command.run(context),
            Self::Replay(command) => command.run(context),
            Self::Bench(command) => command.run(context),
            Self::Report(command) => command.run(context),
            Self::Completions(command) => command.run(arguments_of_all(), context),
            Self::Man(command) => command.run(arguments_of_all(), context),
        }
    }
}
