//! The command line: one file per subcommand. It uses the library as anybody else does.
//!
//! ```text
//!  arguments ──► subcommand ──► Vm over a store (state) ──► json or text ──► output
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
mod error;
mod json;
mod output;
mod progress;
mod scenario;
mod state;
mod text;
mod trace;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use error::CliError;
use output::{Format, Output};

const AFTER_HELP: &str = "\
Addresses, hashes and bytes are hex, with or without 0x. Integers are decimal, or hex with 0x.

Exit status:
  0  done; also when a contract reverted or halted, which is a result: see `status` in the receipt
  1  the command failed: what it was given does not fit the store, the contract or the files it names
  2  it was called wrongly: an unknown option or pager, a missing argument, text that is not hex or not an integer";

/// A WebAssembly VM whose contracts keep their state in linear storage mapped into a wasm memory.
#[derive(Debug, Parser)]
#[command(name = "vellum", version, after_help = AFTER_HELP)]
struct Cli {
    /// The directory of the store; the first deployment makes it
    #[arg(long, global = true, value_name = "DIR", default_value = "./vellum-state", help_heading = "Global options")]
    state: PathBuf,

    /// Print JSON on standard output, and nothing else there
    #[arg(long, global = true, help_heading = "Global options")]
    json: bool,

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
    Fuzz(fuzz::Fuzz),
    Replay(replay::Replay),
    Bench(bench::Bench),
    Report(report::Report),
}

/// What every subcommand gets.
#[derive(Debug)]
struct Context {
    /// The store's directory.
    state: PathBuf,
    output: Output,
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let Cli { state, json, command } = Cli::parse();
    let format = if json { Format::Json } else { Format::Text };
    let mut context = Context { state, output: Output::new(format) };
    match command.run(&mut context).and_then(|()| context.output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // What was printed before the failure comes first. Where nobody listens, nothing is left to be done.
            let _ = context.output.flush();
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
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
            Self::Fuzz(command) => command.run(context),
            Self::Replay(command) => command.run(context),
            Self::Bench(command) => command.run(context),
            Self::Report(command) => command.run(context),
        }
    }
}
