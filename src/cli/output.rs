//! Standard output: JSON or text.

use std::io::{self, Stdout, Write};

use serde::Serialize;

use super::error::CliError;
use super::failure::{Failed, Failure};
use super::untrusted;

/// The format of standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text for a user.
    Text,
    /// A JSON document on one line.
    Json,
}

/// Standard output.
///
/// Once its reader has gone (`vellum run … | head`), further output is dropped. The effects of a command and its exit status do
/// not depend on the reader.
#[derive(Debug)]
pub struct Output {
    format: Format,
    sink: Option<Stdout>,
    /// What is not printed yet, as it can turn out to be void.
    held: Option<Vec<u8>>,
    /// True if a printed document already has the failure of the command.
    has_printed_failure: bool,
}

impl Output {
    pub fn new(format: Format) -> Self {
        Self { format, sink: Some(io::stdout()), held: None, has_printed_failure: false }
    }

    /// Begins to hold back what is printed. What was held back is dropped.
    pub fn hold(&mut self) {
        self.held = Some(Vec::new());
        self.has_printed_failure = false;
    }

    /// Prints what was held back.
    pub fn release(&mut self) -> Result<(), CliError> {
        let held = self.held.take().unwrap_or_default();
        self.attempt(|sink| sink.write_all(&held))
    }

    /// Prints a result in the requested format. As text, no character of it can control the terminal.
    pub fn document<T: Serialize>(
        &mut self,
        document: impl FnOnce() -> T,
        text: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        let document = match self.format {
            Format::Json => serde_json::to_string(&document())?,
            Format::Text => untrusted::tame(&text()).into_owned(),
        };
        self.print(document)
    }

    /// Prints a result whose text is a program's, such as a script: no part of it is untrusted.
    pub fn own_text<T: Serialize>(
        &mut self,
        document: impl FnOnce() -> T,
        text: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        let document = match self.format {
            Format::Json => serde_json::to_string(&document())?,
            Format::Text => text(),
        };
        self.print(document)
    }

    fn print(&mut self, mut document: String) -> Result<(), CliError> {
        if !document.is_empty() && !document.ends_with('\n') {
            document.push('\n');
        }
        match &mut self.held {
            Some(held) => held.extend_from_slice(document.as_bytes()),
            None => self.attempt(|sink| sink.write_all(document.as_bytes()))?,
        }
        Ok(())
    }

    /// Prints the result of a command that failed. As JSON the document has the failure as its field `error`, and no other
    /// document follows. Returns the failure, or the error of printing.
    pub fn failing<T: Serialize>(
        &mut self,
        document: impl FnOnce() -> T,
        text: impl FnOnce() -> String,
        error: CliError,
    ) -> CliError {
        let failure = Failure::from(&error);
        match self.document(|| Failed { document: document(), failure }, text) {
            Ok(()) => {
                self.has_printed_failure = true;
                error
            }
            Err(unprinted) => unprinted,
        }
    }

    /// Notes that a printed document already has the failure of the command.
    pub fn set_failure_printed(&mut self) {
        self.has_printed_failure = true;
    }

    /// Prints a failure as JSON, unless a document already has it.
    fn failure(&mut self, error: &CliError) -> Result<(), CliError> {
        match self.format {
            Format::Json if !self.has_printed_failure => self.document(|| Failure::from(error), String::new),
            Format::Json | Format::Text => Ok(()),
        }
    }

    /// Prints a failure: as JSON if that is the format, and as text on standard error. Errors of printing are ignored, as the
    /// command has failed anyway.
    pub fn print_failure(&mut self, error: &CliError) {
        let _ = self.failure(error);
        let _ = self.flush();
        let _ = writeln!(io::stderr(), "error: {}", untrusted::message(&error.to_string()));
    }

    /// Returns the format.
    pub fn format(&self) -> Format {
        self.format
    }

    pub fn flush(&mut self) -> Result<(), CliError> {
        self.attempt(Stdout::flush)
    }

    fn attempt(&mut self, write: impl FnOnce(&mut Stdout) -> io::Result<()>) -> Result<(), CliError> {
        let Some(sink) = &mut self.sink else { return Ok(()) };
        match write(sink) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.sink = None,
            Err(error) => return Err(CliError::Output(error)),
            Ok(()) => {}
        }
        Ok(())
    }
}
