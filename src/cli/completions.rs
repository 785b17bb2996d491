//! `vellum completions`

use clap::Command;
use clap_complete::{Shell, generate};
use serde::Serialize;

use super::context::Context;
use super::error::CliError;

const AFTER_HELP: &str = "\
The script goes where the shell looks for completions:

  bash  vellum completions bash > ~/.local/share/bash-completion/completions/vellum
  zsh   vellum completions zsh > DIR/_vellum, where DIR is in $fpath
  fish  vellum completions fish > ~/.config/fish/completions/vellum.fish";

/// Print a script with which a shell completes commands and options
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// The script as JSON.
#[derive(Debug, Serialize)]
struct Script {
    shell: String,
    script: String,
}

impl Completions {
    /// Prints the script for the arguments of all commands.
    pub fn run(self, mut arguments: Command, context: &mut Context) -> Result<(), CliError> {
        let mut script = Vec::new();
        generate(self.shell, &mut arguments, "vellum", &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        let document = || Script { shell: self.shell.to_string(), script: script.clone() };
        context.output.own_text(document, || script.clone())
    }
}
