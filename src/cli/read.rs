//! `vellum read`

use vellum::units::{Address, ByteOffset, Version};

use super::arguments::unsigned;
use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

/// Show bytes of a contract's storage
#[derive(Debug, clap::Args)]
pub struct Read {
    /// The contract
    address: Address,

    /// The first byte
    #[arg(value_parser = unsigned)]
    offset: u64,

    /// How many bytes
    #[arg(value_parser = unsigned)]
    length: u64,

    /// As a version of the contract had them
    #[arg(long, value_name = "VERSION", value_parser = unsigned)]
    at: Option<u64>,
}

impl Read {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address, offset, length, at } = self;
        let vm = state::open(&context.state, Purpose::Read)?;
        let data = match at {
            Some(version) => vm.at((address, Version(version)))?.read(&address, ByteOffset(offset), length)?,
            None => vm.now()?.read(&address, ByteOffset(offset), length)?,
        };
        context.output.document(|| json::bytes(&address, ByteOffset(offset), &data), || text::hex_dump(offset, &data))
    }
}
