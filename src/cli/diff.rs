//! `vellum diff`

use vellum::units::{Address, Version};

use super::arguments::unsigned;
use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

/// Show how the storage of a contract differs between two versions
#[derive(Debug, clap::Args)]
pub struct Diff {
    /// The contract
    address: Address,

    /// The first version
    #[arg(value_parser = unsigned)]
    from: u64,

    /// The second version, which may be the older one
    #[arg(value_parser = unsigned)]
    to: u64,
}

impl Diff {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address, from, to } = self;
        let (from, to) = (Version(from), Version(to));
        let pages = state::open(&context.state, Purpose::Read)?.diff(&address, from, to)?;
        context.output.document(|| json::diff(&address, from, to, &pages), || text::diff(&pages))
    }
}
