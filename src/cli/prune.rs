//! `vellum prune`

use vellum::units::{Address, Version};

use super::arguments::unsigned;
use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

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
        let oldest = state::open(&context.state, Purpose::Change)?.prune(&address, Version(before))?;
        context.output.document(|| json::pruned(&address, &oldest), || text::pruned(&oldest))
    }
}
