//! Reads and deploys contract files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use vellum::limits::MAX_MODULE_BYTES;
use vellum::vm::{Deployed, Deployment, Vm};

use super::error::CliError;

/// Deploys code. An error names it `name`.
pub fn deploy(vm: &Vm, name: &str, code: &[u8], deployment: &Deployment) -> Result<Deployed, CliError> {
    vm.deploy(code, deployment)
        .map_err(|source| CliError::Deploy { contract: name.to_owned(), source: Box::new(source) })
}

/// Reads a contract's file, at most one byte more than the limit of modules.
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
