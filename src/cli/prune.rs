//! `vellum prune`

use serde::Serialize;
use vellum::units::{Address, StateRoot, Version};

use super::arguments::unsigned;
use super::context::Context;
use super::error::CliError;
use super::state::Purpose;
use super::text;

/// The oldest version after pruning, as JSON.
#[derive(Debug, Serialize)]
struct PruneDocument {
    address: Address,
    version: Version,
    state: StateRoot,
}

/// Delete the history of a contract before a version, and free its space for reuse
#[derive(Debug, clap::Args)]
pub struct Prune {
    /// The contract
    address: Address,

    /// The oldest version to keep
    #[arg(long, value_name = "VERSION", value_parser = unsigned)]
    before: u64,
}

impl Prune {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address, before } = self;
        let oldest = context.state.open(Purpose::Change)?.prune(&address, Version(before))?;
        let document = || PruneDocument { address, version: oldest.version, state: oldest.state };
        context.output.document(document, || text::pruned(&oldest))
    }
}
