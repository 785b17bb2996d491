//! `vellum rollback`

use serde::Serialize;
use vellum::units::{Address, CommitNumber, StateRoot, Version};
use vellum::vm::RolledBack;

use super::arguments::unsigned;
use super::context::Context;
use super::error::CliError;
use super::state::Purpose;
use super::text;

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
        let rolled = context.state.open(Purpose::Change)?.rollback(&address, Version(version))?;
        context.output.document(|| Rolled::new(address, &rolled), || text::rolled_back(&rolled))
    }
}

/// Where the contract is, and what was damaged and is lost if damage was in the way, for a program.
#[derive(Debug, Serialize)]
struct Rolled {
    address: Address,
    commit: Option<CommitNumber>,
    version: Version,
    state: StateRoot,
    #[serde(skip_serializing_if = "Option::is_none")]
    mended: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<Vec<String>>,
}

impl Rolled {
    fn new(address: Address, rolled: &RolledBack) -> Self {
        let RolledBack { commit, version, state, .. } = *rolled;
        let (mended, lost) = rolled
            .went_round_damage()
            .then(|| (rolled.mended.records.iter().map(ToString::to_string).collect(), rolled.losses()))
            .unzip();
        Self { address, commit, version, state, mended, lost }
    }
}
