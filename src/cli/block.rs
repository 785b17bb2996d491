//! `vellum block`

use super::arguments::unsigned;
use super::context::Context;
use super::error::CliError;
use super::state::Purpose;
use super::text;

/// Show the record of a block
#[derive(Debug, clap::Args)]
pub struct BlockCommand {
    /// The block number
    #[arg(value_parser = unsigned)]
    number: u64,
}

impl BlockCommand {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { number } = self;
        let block = context.state.open(Purpose::Read)?.block(number)?;
        let block = block.ok_or_else(|| CliError::NoBlock { number, path: context.state.directory.clone() })?;
        context.output.document(|| &block, || text::block(&block))
    }
}
