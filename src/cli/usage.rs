//! A command line that is wrong in itself: exit status 2.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use vellum::failure::FailureKind;

use super::failure::{Failure, Reason};

/// What the parser of the command line says in place of a command: help, or what is wrong.
pub fn refused(error: &clap::Error) -> ExitCode {
    let is_wrong = error.use_stderr();
    // What was wanted is only known from the words themselves: they could not be read.
    let wants_json = || env::args_os().skip(1).take_while(|word| word != "--").any(|word| word == "--json");
    if is_wrong && wants_json() {
        let failure = Failure { error: Reason { kind: FailureKind::Usage, message: message(error) } };
        let document = serde_json::to_string(&failure).unwrap_or_default();
        // Where nobody listens, nothing is left to be done.
        let _ = writeln!(io::stdout(), "{document}");
    }
    let _ = error.print();
    if is_wrong { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

/// What is wrong, without the usage and the hints that follow it.
fn message(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let end = ["\n\nUsage:", "\n\nFor more information"].iter().filter_map(|end| text.find(end)).min();
    text[..end.unwrap_or(text.len())].trim_end().to_owned()
}
