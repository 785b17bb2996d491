//! `vellum prune`

use serde::Serialize;
use vellum::units::{Address, StateRoot, Version};

use super::arguments::unsigned;
use super::context::Context;
use super::error::CliError;
use super::state::Purpose;
use super::text;

/// The oldest version that is kept, for a program.
#[derive(Debug, Serialize)]
struct Oldest {
    address: Address,
    version: Version,
    state: StateRoot,
}

/// Forget how a contract came to a version, and give the space back for reuse
#[derive(Debug, clap::Args)]
pub struct Prune {
    /// The contract
    address: Address,

    /// The oldest version that is kept
    #[arg(long, value_name = "VERSION", value_parser = unsigned)]
    before: u64,
}

impl Prune {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address, before } = self;
        let oldest = context.state.open(Purpose::Change)?.prune(&address, Version(before))?;
        let document = || Oldest { address, version: oldest.version, state: oldest.state };
        context.output.document(document, || text::pruned(&oldest))
    }
}
