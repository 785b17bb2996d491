//! `vellum rollback`

use vellum::units::{Address, Version};

use super::arguments::unsigned;
use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

const AFTER_HELP: &str = "\
Where the contract is damaged (see `vellum check`), what follows from something else is written anew first: pages from the
diffs, the tree from the pages. A last version that is whole then needs nothing more, and no history is lost. Where the
newest state does not follow from anything, the version is put together from the diffs and history begins with it: all
earlier versions are lost. What was written anew, and what is lost, is shown.";

/// Make a new version of a contract with the storage of an old one
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
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
