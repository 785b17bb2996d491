//! Usage errors: the command line cannot be parsed. Exit status 2.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use vellum::failure::FailureKind;

use super::failure::{Failure, Reason};
use super::untrusted;

/// Prints what the parser of the command line returns instead of a command: help, or a usage error.
pub fn refused(error: &clap::Error) -> ExitCode {
    let is_error = error.use_stderr();
    // The options could not be parsed, so look for `--json` among the words.
    let wants_json = || env::args_os().skip(1).take_while(|word| word != "--").any(|word| word == "--json");
    if is_error && wants_json() {
        let failure = Failure { error: Reason { kind: FailureKind::Usage, message: message(error) } };
        let document = serde_json::to_string(&failure).unwrap_or_default();
        // If standard output is closed, the error below is still printed.
        let _ = writeln!(io::stdout(), "{document}");
    }
    // The message repeats arguments. Where a terminal would obey or reorder their characters, they are escaped, and the colours left out.
    let plain = error.render().to_string();
    let shown = untrusted::lines(&plain);
    let _ = if is_error && shown != plain { write!(io::stderr(), "{shown}") } else { error.print() };
    if is_error { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

/// Returns the message of a usage error, without the usage and the hints after it.
fn message(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let end = ["\n\nUsage:", "\n\nFor more information"].iter().filter_map(|end| text.find(end)).min();
    text[..end.unwrap_or(text.len())].trim_end().to_owned()
}
