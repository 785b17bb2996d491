//! `vellum fund`

use vellum::units::Address;

use super::arguments::unsigned;
use super::error::CliError;
use super::state::{self, Purpose};
use super::text::Table;
use super::{Context, json};

/// Make money for an account out of nothing
#[derive(Debug, clap::Args)]
pub struct Fund {
    /// The account: a contract, or somebody who sends calls
    address: Address,

    /// How much
    #[arg(value_parser = unsigned)]
    amount: u64,
}

impl Fund {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let vm = state::open(&context.state, Purpose::Change)?;
        let balance = vm.fund(&self.address, self.amount)?;
        context
            .output
            .document(|| json::balance(&self.address, balance), || Table::default().row("balance", balance).finish())
    }
}
