//! `vellum page`

use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use vellum::units::{Address, PageHash, PageIndex};

use super::arguments::{page_number, unsigned};
use super::context::Context;
use super::error::CliError;
use super::table::{hex, hex_dump};

/// A page as JSON.
#[derive(Debug, Serialize)]
struct OnePage {
    address: Address,
    index: PageIndex,
    data: String,
    hash: PageHash,
}

/// Show a page of a contract's storage
#[derive(Debug, clap::Args)]
pub struct Page {
    /// The contract
    address: Address,

    /// The page index; the first is 0
    #[arg(value_parser = page_number)]
    index: u32,

    /// Show the page of this version of the contract
    #[arg(long, value_name = "VERSION", value_parser = unsigned)]
    at: Option<u64>,

    /// Write its 4096 bytes to a file instead of showing them
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Page {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address, at, out, .. } = self;
        let index = PageIndex(self.index);
        let (data, hash) = context.state.view(address, at)?.page(&address, index)?;
        if let Some(path) = &out {
            let file_error = |source| CliError::File { attempted: "writing", path: path.clone(), source };
            fs::write(path, data).map_err(file_error)?;
        }
        let dump = || match out {
            Some(_) => String::new(),
            None => hex_dump(index.start().0, &data),
        };
        let document = || OnePage { address, index, data: hex(&data), hash };
        context.output.document(document, || format!("{}hash {hash}\n", dump()))
    }
}
