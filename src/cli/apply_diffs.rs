//! `vellum apply-diffs`

use std::fs;
use std::path::PathBuf;

use vellum::store::DiffFile;

use super::context::Context;
use super::error::CliError;
use super::state::Purpose;
use super::text;

/// Apply a file of `export-diffs`; if it does not fit the contract, nothing changes
#[derive(Debug, clap::Args)]
pub struct ApplyDiffs {
    /// The file
    file: PathBuf,
}

impl ApplyDiffs {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { file: path } = self;
        let bytes =
            fs::read(&path).map_err(|source| CliError::File { attempted: "reading", path: path.clone(), source })?;
        let file = DiffFile::decode(&bytes).map_err(|problem| CliError::DiffFile { path, problem })?;
        drop(bytes);
        // Create a store only for a file with the contract itself. Other files need the contract in the store.
        let purpose = if file.contract.is_some() { Purpose::Create } else { Purpose::Change };
        let applied = context.state.open(purpose)?.apply_diffs(&file)?;
        context.output.document(|| &applied, || text::transferred(&applied, None))
    }
}
