//! `vellum receipt`

use vellum::units::CommitNumber;

use super::arguments::unsigned;
use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

/// Show what was recorded of a commit
#[derive(Debug, clap::Args)]
pub struct ReceiptCommand {
    /// The commit; the first is 1
    #[arg(value_parser = unsigned)]
    commit: u64,
}

impl ReceiptCommand {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let commit = CommitNumber(self.commit);
        let vm = state::open(&context.state, Purpose::Read)?;
        let receipt = vm.receipt(commit)?;
        let receipt = receipt.ok_or_else(|| CliError::NoCommit { commit, path: context.state.clone() })?;
        context.output.document(|| json::receipt(&receipt), || text::receipt(&receipt))
    }
}
