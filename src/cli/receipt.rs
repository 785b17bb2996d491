//! `vellum receipt`

use vellum::receipt::Recorded;
use vellum::units::CommitNumber;

use super::arguments::unsigned;
use super::context::Context;
use super::error::CliError;
use super::state::Purpose;
use super::text;

/// Show the record of a commit: a receipt, or a block with the receipts of its calls
#[derive(Debug, clap::Args)]
pub struct ReceiptCommand {
    /// The commit number; the first is 1
    #[arg(value_parser = unsigned)]
    commit: u64,
}

impl ReceiptCommand {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let commit = CommitNumber(self.commit);
        let vm = context.state.open(Purpose::Read)?;
        let recorded = vm.recorded(commit)?;
        let recorded = recorded.ok_or_else(|| CliError::NoCommit { commit, path: context.state.directory.clone() })?;
        let text = || match &recorded {
            Recorded::Call(receipt) => text::receipt(receipt),
            Recorded::Block(block) => text::block(block),
        };
        context.output.document(|| &recorded, text)
    }
}
