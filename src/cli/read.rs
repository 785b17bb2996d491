//! `vellum read`

use serde::Serialize;
use vellum::units::{Address, ByteOffset};

use super::arguments::unsigned;
use super::context::Context;
use super::error::CliError;
use super::table::{hex, hex_dump};

/// Bytes of a contract's storage as JSON.
#[derive(Debug, Serialize)]
struct Bytes {
    address: Address,
    offset: ByteOffset,
    length: usize,
    data: String,
}

/// Show bytes of a contract's storage
#[derive(Debug, clap::Args)]
pub struct Read {
    /// The contract
    address: Address,

    /// The offset of the first byte
    #[arg(value_parser = unsigned)]
    offset: u64,

    /// The number of bytes
    #[arg(value_parser = unsigned)]
    length: u64,

    /// Show the bytes of this version of the contract
    #[arg(long, value_name = "VERSION", value_parser = unsigned)]
    at: Option<u64>,
}

impl Read {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address, offset, length, at } = self;
        let start = ByteOffset(offset);
        let data = context.state.view(address, at)?.read(&address, start, length)?;
        let document = || Bytes { address, offset: start, length: data.len(), data: hex(&data) };
        context.output.document(document, || hex_dump(offset, &data))
    }
}
