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

/// What is in the file, for a program.
#[derive(Debug, Serialize)]
struct Exported<'a> {
    #[serde(flatten)]
    transferred: &'a Transferred,
    /// The file's length.
    bytes: usize,
}

/// Write the diffs of a contract to a file, for `apply-diffs` on another store
#[derive(Debug, clap::Args)]
pub struct ExportDiffs {
    /// The contract
    address: Address,

    /// The version that the other store has; without it the file carries the contract itself too
    #[arg(long, value_name = "VERSION", value_parser = unsigned)]
    from: Option<u64>,

    /// The file
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
            || Exported { transferred: &exported, bytes: bytes.len() },
            || text::transferred(&exported, Some(bytes.len())),
        )
    }
}
