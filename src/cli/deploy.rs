//! `vellum deploy`

use std::path::PathBuf;

use vellum::units::{Address, PageCount};
use vellum::vm::Deployment;

use super::arguments::{page_number, unsigned};
use super::context::Context;
use super::contract_file::{deploy, read_contract};
use super::error::CliError;
use super::state::Purpose;
use super::text;

/// Validate a contract, store it and create its account
#[derive(Debug, clap::Args)]
pub struct Deploy {
    /// The contract: WebAssembly, in binary or text form
    file: PathBuf,

    /// The author, which is part of the contract's address
    #[arg(long, value_name = "HEX", default_value_t)]
    author: Address,

    /// A number that is part of the address, so that an author can deploy the same code more than once
    #[arg(long, value_name = "N", default_value = "0", value_parser = unsigned)]
    nonce: u64,

    /// The contract's balance at the start, which no account pays
    #[arg(long, value_name = "N", default_value = "0", value_parser = unsigned)]
    balance: u64,

    /// Its page limit: a multiple of 16 [default: what the contract declares, or 65536]
    #[arg(long, value_name = "N", value_parser = page_number)]
    max_pages: Option<u32>,

    /// Refuse re-entry: calls of the contract while a call of it runs
    #[arg(long)]
    no_reentry: bool,
}

impl Deploy {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { file, author, nonce, balance, max_pages, no_reentry: refuses_reentry } = self;
        let code = read_contract(&file)?;
        let vm = context.state.open(Purpose::Create)?;
        let max_pages = max_pages.map(PageCount);
        let deployment = Deployment { author, nonce, balance, max_pages, refuses_reentry };
        let deployed = deploy(&vm, &file.display().to_string(), &code, &deployment)?;
        context.output.document(|| &deployed, || text::deployed(&deployed))
    }
}
