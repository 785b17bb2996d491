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
If the contract is damaged (see `vellum check`), the rollback first rewrites records that other records imply: pages from
diffs, the tree from pages. If the newest version is then sound, no history is lost. If it cannot be recomputed, the
rollback computes the version from the diffs, and history starts with it: all earlier versions are lost. The rollback lists
the rewritten records and the losses.";

/// Create a new version of a contract with the storage of an old one
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Rollback {
    /// The contract
    address: Address,

    /// The version whose storage the new version gets
    #[arg(value_parser = unsigned)]
    version: u64,
}

impl Rollback {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address, version } = self;
        let rolled = context.state.open(Purpose::Change)?.rollback(&address, Version(version))?;
        context.output.document(|| RollbackDocument::new(address, &rolled), || text::rolled_back(&rolled))
    }
}

/// The result as JSON: the new version, and the repaired records and losses if the contract was damaged.
#[derive(Debug, Serialize)]
struct RollbackDocument {
    address: Address,
    commit: Option<CommitNumber>,
    version: Version,
    state: StateRoot,
    #[serde(skip_serializing_if = "Option::is_none")]
    mended: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<Vec<String>>,
}

impl RollbackDocument {
    fn new(address: Address, rolled: &RolledBack) -> Self {
        let RolledBack { commit, version, state, .. } = *rolled;
        let (mended, lost) = rolled
            .went_round_damage()
            .then(|| (rolled.mended.records.iter().map(ToString::to_string).collect(), rolled.losses()))
            .unzip();
        Self { address, commit, version, state, mended, lost }
    }
}
