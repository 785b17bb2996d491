//! `vellum deploy`

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use vellum::limits::MAX_MODULE_BYTES;
use vellum::units::{Address, PageCount};
use vellum::vm::{Deployed, Deployment, Vm};

use super::arguments::{page_number, unsigned};
use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

/// Validate a contract, store it and make its account
#[derive(Debug, clap::Args)]
pub struct Deploy {
    /// The contract: WebAssembly, binary or text
    file: PathBuf,

    /// Who deploys it: part of its address
    #[arg(long, value_name = "HEX", default_value_t)]
    author: Address,

    /// Part of its address, so that an author can deploy the same code more than once
    #[arg(long, value_name = "N", default_value = "0", value_parser = unsigned)]
    nonce: u64,

    /// Money that it starts with, made out of nothing
    #[arg(long, value_name = "N", default_value = "0", value_parser = unsigned)]
    balance: u64,

    /// Its page limit: a multiple of 16 [default: what the contract declares, or 65536]
    #[arg(long, value_name = "N", value_parser = page_number)]
    max_pages: Option<u32>,

    /// No contract may call it while a call of it runs
    #[arg(long)]
    no_reentry: bool,
}

impl Deploy {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { file, author, nonce, balance, max_pages, no_reentry: refuses_reentry } = self;
        let code = read_contract(&file)?;
        let vm = state::open(&context.state, Purpose::Found)?;
        let max_pages = max_pages.map(PageCount);
        let deployment = Deployment { author, nonce, balance, max_pages, refuses_reentry };
        let deployed = deploy(&vm, &file.display().to_string(), &code, &deployment)?;
        context.output.document(|| json::deployed(&deployed), || text::deployed(&deployed))
    }
}

/// Deploys code that an error calls by `name`.
pub fn deploy(vm: &Vm, name: &str, code: &[u8], deployment: &Deployment) -> Result<Deployed, CliError> {
    vm.deploy(code, deployment)
        .map_err(|source| CliError::Deploy { contract: name.to_owned(), source: Box::new(source) })
}

/// Reads a contract's file, and no more of it than it takes to see that it is too long.
pub fn read_contract(path: &Path) -> Result<Vec<u8>, CliError> {
    let mut code = Vec::new();
    let read = |file: File| file.take(MAX_MODULE_BYTES as u64 + 1).read_to_end(&mut code);
    File::open(path).and_then(read).map_err(|source| CliError::File {
        attempted: "reading",
        path: path.to_owned(),
        source,
    })?;
    Ok(code)
}
