//! `vellum account`

use std::collections::BTreeMap;

use vellum::store::StoreError;
use vellum::units::Address;

use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

/// Show what is recorded at an address
#[derive(Debug, clap::Args)]
pub struct AccountCommand {
    /// The account: a contract, or somebody who sends calls
    address: Address,
}

impl AccountCommand {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address } = self;
        let vm = state::open(&context.state, Purpose::Read)?;
        // Account and pages are of one moment.
        let snapshot = vm.store().snapshot()?;
        let account = snapshot.account(&address)?.ok_or(StoreError::NoAccount(address))?;
        let pages = snapshot.stored_pages(&address)?.len();
        let exports = match account.code {
            Some(_) => vm.now()?.exports(&address)?,
            None => BTreeMap::new(),
        };
        context.output.document(
            || json::account(&address, &account, pages, &exports),
            || text::account(&address, &account, pages, &exports),
        )
    }
}
