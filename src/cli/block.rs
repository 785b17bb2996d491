//! `vellum block`

use super::arguments::unsigned;
use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

/// Show what was recorded of a block
#[derive(Debug, clap::Args)]
pub struct BlockCommand {
    /// Its number
    #[arg(value_parser = unsigned)]
    number: u64,
}

impl BlockCommand {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { number } = self;
        let block = state::open(&context.state, Purpose::Read)?.block(number)?;
        let block = block.ok_or_else(|| CliError::NoBlock { number, path: context.state.clone() })?;
        context.output.document(|| json::block(&block), || text::block(&block))
    }
}
