//! `vellum history`

use vellum::units::Address;

use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

/// List the versions of a contract that are kept
#[derive(Debug, clap::Args)]
pub struct History {
    /// The contract
    address: Address,
}

impl History {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address } = self;
        let versions = state::open(&context.state, Purpose::Read)?.history(&address)?;
        context.output.document(|| json::history(&address, &versions), || text::history(&versions))
    }
}
