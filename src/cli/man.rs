//! `vellum man`

use std::fs;
use std::path::PathBuf;

use clap::Command;
use clap_mangen::Man;
use serde::Serialize;

use super::context::Context;
use super::error::CliError;
use super::table::Table;

/// Write manual pages, one for each command
#[derive(Debug, clap::Args)]
pub struct ManCommand {
    /// The directory, which is created if it is missing: `man -l DIR/vellum.1` shows a page
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// The written pages, for a program.
#[derive(Debug, Serialize)]
struct Written {
    pages: Vec<String>,
}

impl ManCommand {
    /// Writes the pages for the arguments of all commands.
    pub fn run(self, mut arguments: Command, context: &mut Context) -> Result<(), CliError> {
        let Self { directory } = self;
        let failed = |attempted, path: &PathBuf| {
            let path = path.clone();
            move |source| CliError::File { attempted, path, source }
        };
        fs::create_dir_all(&directory).map_err(failed("making", &directory))?;
        arguments.build();
        let mut pages = Vec::new();
        let subcommands = arguments.get_subcommands().filter(|subcommand| subcommand.get_name() != "help");
        for command in subcommands.chain([&arguments]) {
            let man = Man::new(command.clone());
            let path = directory.join(man.get_filename());
            let mut page = Vec::new();
            man.render(&mut page).and_then(|()| fs::write(&path, page)).map_err(failed("writing", &path))?;
            pages.push(path.display().to_string());
        }
        let text = || pages.iter().fold(Table::default(), |table, page| table.row("page", page)).finish();
        context.output.document(|| Written { pages: pages.clone() }, text)
    }
}
