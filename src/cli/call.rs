//! `vellum call`

use vellum::limits::DEFAULT_GAS;
use vellum::paging::PagerKind;
use vellum::receipt::{Call, Detail, Receipt, Trace};
use vellum::units::{Address, Gas};
use vellum::vm::View;

use super::arguments::{HexBytes, typed, unsigned};
use super::context::Context;
use super::error::CliError;
use super::integer::Integer;
use super::state::Purpose;
use super::text;
use super::trace::{self, Names, Narration};

const AFTER_HELP: &str = "\
Arguments have the types of the export's parameters. An i32 can be -2147483648 to 4294967295, an i64 -9223372036854775808
to 18446744073709551615. A number above the greatest signed one stands for the negative number with the same bits. Negative
arguments in hex must come after `--`.

The types are in the store, so an argument out of range or a wrong number of arguments ends with exit status 1.";

/// Run a transaction and commit it
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct CallCommand {
    /// The contract
    address: Address,

    /// The exported function
    function: String,

    /// Its arguments: integers
    #[arg(value_name = "ARG", allow_negative_numbers = true)]
    arguments: Vec<Integer>,

    /// Input: bytes that the contract reads with `input_copy`
    #[arg(long, value_name = "HEX", default_value = "", hide_default_value = true)]
    input: HexBytes,

    /// The sender, who pays the value
    #[arg(long, value_name = "HEX", default_value_t)]
    sender: Address,

    /// The value to transfer from the sender to the contract
    #[arg(long, value_name = "N", default_value = "0", value_parser = unsigned)]
    value: u64,

    /// The gas limit of the call
    #[arg(long, value_name = "N", default_value_t = DEFAULT_GAS.0, value_parser = unsigned)]
    gas: u64,

    /// The pager, which maps storage for the contract: `vellum doctor` lists the pagers
    #[arg(long, value_name = "P", default_value_t)]
    pager: PagerKind,

    /// The block number that the contract sees
    #[arg(long, value_name = "N", default_value = "0", value_parser = unsigned)]
    block: u64,

    /// The time that the contract sees
    #[arg(long, value_name = "N", default_value = "0", value_parser = unsigned)]
    timestamp: u64,

    /// Run on the world right after the commit that made this version of the contract; commit nothing
    #[arg(long, value_name = "VERSION", value_parser = unsigned)]
    at: Option<u64>,

    /// Commit nothing
    #[arg(long)]
    dry_run: bool,

    /// Show also nested calls, and the work of the pager
    #[arg(long)]
    trace: bool,

    /// End with exit status 3 when the contract reverts or halts
    #[arg(long)]
    fail: bool,
}

impl CallCommand {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let (receipt, trace) = if self.dry_run || self.at.is_some() {
            let view = context.state.view(self.address, self.at)?;
            let call = self.call(&view)?;
            if self.trace {
                view.run(&call).trace(Detail::Writes).dry().map(with_trace)?
            } else {
                (view.run(&call).dry()?, None)
            }
        } else {
            let vm = context.state.open(Purpose::Change)?;
            let call = self.call(&vm.now()?)?;
            if self.trace {
                vm.run(&call).trace(Detail::Writes).commit().map(with_trace)?
            } else {
                (vm.run(&call).commit()?, None)
            }
        };
        let document = || Narration::new(&receipt, trace.as_ref());
        let text = || {
            let trace = trace.as_ref();
            let shown = trace.map(|trace| text::frames(trace) + "\n" + &trace::calls(trace, &Names::default()));
            text::receipt(&receipt) + &shown.unwrap_or_default()
        };
        context.output.document(document, text)?;
        if self.fail {
            // The receipt has the status.
            context.output.set_failure_printed();
            return Ok(receipt.into_result().map(drop)?);
        }
        Ok(())
    }

    /// Returns the call. Its arguments get the types that the export has in `view`.
    fn call(&self, view: &View) -> Result<Call, CliError> {
        Ok(Call::new(self.address, &self.function)
            .args(typed(view, &self.address, &self.function, &self.arguments)?)
            .input(self.input.0.clone())
            .sender(self.sender)
            .value(self.value)
            .gas(Gas(self.gas))
            .pager(self.pager)
            .block_number(self.block)
            .timestamp(self.timestamp))
    }
}

fn with_trace((receipt, trace): (Receipt, Trace)) -> (Receipt, Option<Trace>) {
    (receipt, Some(trace))
}
