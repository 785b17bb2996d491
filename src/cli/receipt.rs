//! `vellum receipt`

use vellum::receipt::Recorded;
use vellum::units::CommitNumber;

use super::arguments::unsigned;
use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

/// Show what was recorded of a commit: a receipt, or a block with the receipts of its calls
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
        let recorded = vm.recorded(commit)?;
        match recorded.ok_or_else(|| CliError::NoCommit { commit, path: context.state.clone() })? {
            Recorded::Call(receipt) => context.output.document(|| json::receipt(&receipt), || text::receipt(&receipt)),
            Recorded::Block(block) => context.output.document(|| json::block(&block), || text::block(&block)),
        }
    }
}
