//! The help: commands in groups, and text that fits the terminal. The parser itself wraps nothing.

use std::env;

use clap::{Arg, Command};
use console::Term;

use super::wrap::{filled, hanging};

/// The commands by purpose. A command that has no group here is shown in the last one.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Contracts", &["deploy", "call", "run", "fund", "account", "read", "page", "imports"]),
    ("Past", &["history", "diff", "rollback", "prune", "receipt", "block", "events", "export-diffs", "apply-diffs"]),
    ("Proofs", &["prove", "verify-proof"]),
    ("Lab", &["bench", "report"]),
    ("Fuzz", &["fuzz", "replay"]),
    ("Store, host and shell", &["check", "backup", "doctor", "completions", "man"]),
];

/// The width of help that goes to no terminal, in columns.
const WIDTH_ELSEWHERE: usize = 100;

/// The least and the greatest width, in columns. Longer lines are hard to read.
const WIDTHS: (usize, usize) = (60, 120);

/// The indentation of an option's help, which stands below the option.
const OPTION_HELP: usize = 10;

/// Returns the command with a help that fits the terminal.
pub fn fitted(command: Command) -> Command {
    let width = width();
    let groups = groups(&command, width);
    let template = format!("{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}{{all-args}}{{after-help}}");
    let hidden = |command: Command| command.hide(true);
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let command = names.into_iter().fold(command, |command, name| command.mut_subcommand(name, hidden));
    fit(command, width).help_template(template).override_usage("vellum [OPTIONS] <COMMAND>")
}

/// The width of the help: that of the terminal, within limits.
fn width() -> usize {
    let columns = || env::var("COLUMNS").ok()?.parse().ok();
    let terminal = || Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    columns().or_else(terminal).unwrap_or(WIDTH_ELSEWHERE).clamp(WIDTHS.0, WIDTHS.1)
}

/// Lists the subcommands by group.
fn groups(command: &Command, width: usize) -> String {
    let grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    let longest = command.get_subcommands().map(|command| command.get_name().len()).max().unwrap_or(0);
    let mut text = String::new();
    for (number, (heading, names)) in GROUPS.iter().enumerate() {
        text += &format!("{heading}:\n");
        let listed = names.iter().filter_map(|name| command.find_subcommand(name));
        let others = command.get_subcommands().filter(|command| !grouped(command.get_name()));
        let others = others.filter(|_| number + 1 == GROUPS.len());
        for subcommand in listed.chain(others) {
            let about = subcommand.get_about().map(ToString::to_string).unwrap_or_default();
            let name = format!("  {:longest$}  ", subcommand.get_name());
            text += &hanging(&name, &about, width);
        }
        text.push('\n');
    }
    text
}

/// Wraps all text of a command and of its subcommands.
fn fit(command: Command, width: usize) -> Command {
    let wrapped = |text: Option<&clap::builder::StyledStr>| text.map(|text| filled(&text.to_string(), width));
    let texts = [command.get_about(), command.get_long_about(), command.get_after_help()].map(wrapped);
    let [about, long_about, after_help] = texts;
    let command = command.next_line_help(true).mut_args(|arg| fit_argument(arg, width - OPTION_HELP));
    let command = command.mut_subcommands(|subcommand| fit(subcommand, width));
    let command = about.into_iter().fold(command, Command::about);
    let command = long_about.into_iter().fold(command, Command::long_about);
    after_help.into_iter().fold(command, Command::after_help)
}

/// Wraps the help of an argument, with its default and its possible values.
fn fit_argument(arg: Arg, width: usize) -> Arg {
    let Some(help) = arg.get_long_help().or(arg.get_help()) else { return arg };
    let mut help = help.to_string();
    let takes_value = arg.get_action().takes_values();
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes_value && !arg.is_hide_default_value_set() && !defaults.is_empty() {
        help += &format!(" [default: {}]", defaults.join(", "));
    }
    let possible: Vec<_> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if takes_value && !possible.is_empty() {
        help += &format!(" [possible values: {}]", possible.join(", "));
    }
    let arg = arg.help(filled(&help, width)).long_help(None::<&str>);
    if takes_value { arg.hide_default_value(true).hide_possible_values(true) } else { arg }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments_of_all;

    #[test]
    fn each_command_is_in_one_group_and_each_name_of_a_group_is_a_command() {
        let command = arguments_of_all();
        let names: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        for subcommand in command.get_subcommands() {
            assert_eq!(names.iter().filter(|name| **name == subcommand.get_name()).count(), 1, "{subcommand}");
        }
        assert!(names.iter().all(|name| command.find_subcommand(name).is_some()));
    }

    #[test]
    fn every_help_fits_every_width() {
        for width in [60, 80, 120] {
            let mut command = fit(arguments_of_all(), width);
            command.build();
            // The parser makes the command `help` itself.
            for subcommand in command.get_subcommands_mut().filter(|command| command.get_name() != "help") {
                let help = subcommand.render_long_help().to_string();
                for line in help.lines().filter(|line| !line.contains("Usage: ") && !is_one_word(line)) {
                    assert!(line.chars().count() <= width, "{width}: {line:?}");
                }
            }
            assert!(groups(&command, width).lines().all(|line| line.chars().count() <= width));
        }
    }

    /// Returns true for a line that cannot be wrapped: an option with its values, or an example.
    fn is_one_word(line: &str) -> bool {
        let line = line.trim_start();
        line.starts_with('-') || line.starts_with('{') || line.starts_with("vellum ") || line.starts_with('"')
    }
}
