//! `vellum backup`

use std::path::PathBuf;

use serde::Serialize;
use vellum::units::CommitNumber;

use super::context::Context;
use super::error::CliError;
use super::state::Purpose;
use super::table::Table;

const AFTER_HELP: &str = "\
The copy is a store, which can be opened with --state. Copying the files of a store that is open for writing gives no backup, as
its pages would be of different commits.";

/// A backup, as JSON.
#[derive(Debug, Serialize)]
struct BackupDocument {
    commit: CommitNumber,
    bytes: u64,
}

/// Copy the store as of its last commit, while writers go on
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Backup {
    /// The directory of the copy, which does not exist or is empty
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Leave free pages out; takes longer
    #[arg(long)]
    compact: bool,
}

impl Backup {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { directory, compact } = self;
        let made = context.state.open(Purpose::Read)?.backup(&directory, compact)?;
        // The copy itself was not overtaken, and is not made again.
        context.state.was_overtaken();
        let document = || BackupDocument { commit: made.commit, bytes: made.bytes };
        let text = || Table::default().row("commit", made.commit).row("bytes", made.bytes).finish();
        context.output.document(document, text)
    }
}
