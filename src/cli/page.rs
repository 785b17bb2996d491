//! `vellum page`

use std::fs;
use std::path::PathBuf;

use vellum::units::{Address, PageIndex, Version};

use super::arguments::{page_number, unsigned};
use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

/// Show a page of a contract's storage
#[derive(Debug, clap::Args)]
pub struct Page {
    /// The contract
    address: Address,

    /// Which page; the first is 0
    #[arg(value_parser = page_number)]
    index: u32,

    /// As a version of the contract had it
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
        let vm = state::open(&context.state, Purpose::Read)?;
        let (data, hash) = match at {
            Some(version) => vm.at((address, Version(version)))?.page(&address, index)?,
            None => vm.now()?.page(&address, index)?,
        };
        if let Some(path) = &out {
            let file_error = |source| CliError::File { attempted: "writing", path: path.clone(), source };
            fs::write(path, data).map_err(file_error)?;
        }
        let dump = || match out {
            Some(_) => String::new(),
            None => text::hex_dump(index.start().0, &data),
        };
        context.output.document(|| json::page(&address, index, &data, &hash), || format!("{}hash {hash}\n", dump()))
    }
}
