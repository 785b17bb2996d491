//! `vellum fund`

use serde::Serialize;
use vellum::units::Address;

use super::arguments::unsigned;
use super::context::Context;
use super::error::CliError;
use super::integer::Decimal;
use super::state::Purpose;
use super::text;

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
        let balance = context.state.open(Purpose::Change)?.fund(&self.address, self.amount)?;
        context.output.document(|| Balance::new(self.address, balance), || text::balance(balance))
    }
}

/// The balance of an account, for a program.
#[derive(Debug, Serialize)]
pub struct Balance {
    address: Address,
    balance: Decimal,
}

impl Balance {
    pub fn new(address: Address, balance: u64) -> Self {
        Self { address, balance: Decimal(balance) }
    }
}
