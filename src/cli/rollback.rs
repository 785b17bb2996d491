//! `vellum rollback`

use vellum::units::{Address, Version};

use super::arguments::unsigned;
use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

/// Make a new version of a contract with the storage of an old one
#[derive(Debug, clap::Args)]
pub struct Rollback {
    /// The contract
    address: Address,

    /// The version whose storage it will have
    #[arg(value_parser = unsigned)]
    version: u64,
}

impl Rollback {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address, version } = self;
        let rolled = state::open(&context.state, Purpose::Change)?.rollback(&address, Version(version))?;
        context.output.document(|| json::rolled_back(&address, &rolled), || text::rolled_back(&rolled))
    }
}
