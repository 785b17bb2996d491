//! `vellum diff`

use serde::Serialize;
use vellum::units::{Address, Version};
use vellum::vm::PageDifference;

use super::arguments::unsigned;
use super::context::Context;
use super::error::CliError;
use super::state::Purpose;
use super::text;

/// The difference as JSON.
#[derive(Debug, Serialize)]
struct Differences<'a> {
    address: Address,
    from: Version,
    to: Version,
    pages: &'a [PageDifference],
}

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
        let pages = context.state.open(Purpose::Read)?.diff(&address, from, to)?;
        context.output.document(|| Differences { address, from, to, pages: &pages }, || text::diff(&pages))
    }
}
