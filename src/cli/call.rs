//! `vellum call`

use vellum::limits::DEFAULT_GAS;
use vellum::paging::PagerKind;
use vellum::receipt::{Call, Detail};
use vellum::units::{Address, Gas, Version};

use super::arguments::{HexBytes, Integer, typed, unsigned};
use super::error::CliError;
use super::state::{self, Purpose};
use super::trace::{self, Names};
use super::{Context, json, text};

const AFTER_HELP: &str = "\
Arguments take their type from the export. An i32 may be -2147483648 to 4294967295, an i64 -9223372036854775808 to
18446744073709551615: what is over the largest signed number stands for the negative number of the same bits. Negative
arguments in hex come after `--`.

An argument that does not fit its type, or a wrong number of arguments, is only known from the store: exit status 1.";

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

    /// Bytes that the contract reads with `input_copy`
    #[arg(long, value_name = "HEX", default_value = "", hide_default_value = true)]
    input: HexBytes,

    /// Who sends and pays
    #[arg(long, value_name = "HEX", default_value_t)]
    sender: Address,

    /// Money that goes from the sender to the contract
    #[arg(long, value_name = "N", default_value = "0", value_parser = unsigned)]
    value: u64,

    /// The most gas that the call may use
    #[arg(long, value_name = "N", default_value_t = DEFAULT_GAS.0, value_parser = unsigned)]
    gas: u64,

    /// How storage is presented to the contract: `vellum doctor` lists the pagers
    #[arg(long, value_name = "P", default_value_t)]
    pager: PagerKind,

    /// The block number that the contract sees
    #[arg(long, value_name = "N", default_value = "0", value_parser = unsigned)]
    block: u64,

    /// The time that the contract sees
    #[arg(long, value_name = "N", default_value = "0", value_parser = unsigned)]
    timestamp: u64,

    /// Run on the world right after the commit that made this version of the contract, and commit nothing
    #[arg(long, value_name = "VERSION", value_parser = unsigned)]
    at: Option<u64>,

    /// Commit nothing
    #[arg(long)]
    dry_run: bool,

    /// Show also the calls inside the call, and what presenting the pages took
    #[arg(long)]
    trace: bool,
}

impl CallCommand {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let purpose = if self.dry_run || self.at.is_some() { Purpose::Read } else { Purpose::Change };
        let vm = state::open(&context.state, purpose)?;
        let arguments = typed(&vm, &self.address, &self.function, &self.arguments)?;
        let call = Call::new(self.address, self.function)
            .args(arguments)
            .input(self.input.0)
            .sender(self.sender)
            .value(self.value)
            .gas(Gas(self.gas))
            .pager(self.pager)
            .block_number(self.block)
            .timestamp(self.timestamp);
        let watched = |(receipt, went)| (receipt, Some(went));
        let (receipt, went) = match (self.at.map(Version), self.dry_run, self.trace) {
            (Some(version), _, true) => {
                watched(vm.run(&call).at((call.contract, version)).trace(Detail::Writes).dry()?)
            }
            (Some(version), _, false) => (vm.run(&call).at((call.contract, version)).dry()?, None),
            (None, true, true) => watched(vm.run(&call).trace(Detail::Writes).dry()?),
            (None, true, false) => (vm.run(&call).dry()?, None),
            (None, false, true) => watched(vm.run(&call).trace(Detail::Writes).commit()?),
            (None, false, false) => (vm.run(&call).commit()?, None),
        };
        let document = || {
            let mut document = json::receipt(&receipt);
            if let Some(went) = &went {
                document["trace"] = json::calls(went);
                document["frames"] = json::frames(went);
            }
            document
        };
        let text = || {
            text::receipt(&receipt)
                + &went
                    .as_ref()
                    .map(|went| text::frames(went) + "\n" + &trace::calls(went, &Names::default()))
                    .unwrap_or_default()
        };
        context.output.document(document, text)
    }
}
