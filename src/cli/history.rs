//! `vellum history`

use serde::Serialize;
use vellum::units::Address;
use vellum::vm::VersionEntry;

use super::context::Context;
use super::error::CliError;
use super::state::Purpose;
use super::text;

/// The versions of a contract as JSON, the oldest first.
#[derive(Debug, Serialize)]
struct Versions<'a> {
    address: Address,
    versions: &'a [VersionEntry],
}

/// List the versions of a contract that were not pruned
#[derive(Debug, clap::Args)]
pub struct History {
    /// The contract
    address: Address,
}

impl History {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address } = self;
        let versions = context.state.open(Purpose::Read)?.history(&address)?;
        context.output.document(|| Versions { address, versions: &versions }, || text::history(&versions))
    }
}
