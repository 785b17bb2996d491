//! `vellum fund`

use serde::Serialize;
use vellum::units::Address;

use super::arguments::unsigned;
use super::context::Context;
use super::error::CliError;
use super::integer::Decimal;
use super::state::Purpose;
use super::text;

/// Increase the balance of an account, which no other account pays
#[derive(Debug, clap::Args)]
pub struct Fund {
    /// The account's address
    address: Address,

    /// The amount to add
    #[arg(value_parser = unsigned)]
    amount: u64,
}

impl Fund {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let balance = context.state.open(Purpose::Change)?.fund(&self.address, self.amount)?;
        context.output.document(|| Balance::new(self.address, balance), || text::balance(balance))
    }
}

/// The balance of an account as JSON.
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
