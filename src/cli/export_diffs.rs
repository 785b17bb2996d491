//! `vellum export-diffs`

use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use vellum::units::{Address, Version};
use vellum::vm::Transferred;

use super::arguments::unsigned;
use super::context::Context;
use super::error::CliError;
use super::state::Purpose;
use super::text;

/// The content of the file as JSON.
#[derive(Debug, Serialize)]
struct ExportDocument<'a> {
    #[serde(flatten)]
    transferred: &'a Transferred,
    /// The length of the file.
    bytes: usize,
}

/// Write the diffs of a contract to a file, to apply to another store with `apply-diffs`
#[derive(Debug, clap::Args)]
pub struct ExportDiffs {
    /// The contract
    address: Address,

    /// The version that the other store has; without it the file also has the contract itself
    #[arg(long, value_name = "VERSION", value_parser = unsigned)]
    from: Option<u64>,

    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl ExportDiffs {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address, from, out } = self;
        let vm = context.state.open(Purpose::Read)?;
        let (file, exported) = vm.export_diffs(&address, from.map(Version))?;
        let bytes = file.encode();
        fs::write(&out, &bytes).map_err(|source| CliError::File { attempted: "writing", path: out.clone(), source })?;
        context.output.document(
            || ExportDocument { transferred: &exported, bytes: bytes.len() },
            || text::transferred(&exported, Some(bytes.len())),
        )
    }
}
