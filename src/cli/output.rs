//! Standard output: one document for a program, or text for a person.

use std::io::{self, Stdout, Write};

use serde::Serialize;

use super::error::CliError;
use super::failure::{Failed, Failure};
use super::strangers;

/// For whom is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A person.
    Text,
    /// A program: a JSON document on a line.
    Json,
}

/// Standard output.
///
/// Once its reader has gone (`vellum run … | head`), the rest is dropped: what a command does, and its exit status, do
/// not depend on who reads along.
#[derive(Debug)]
pub struct Output {
    format: Format,
    sink: Option<Stdout>,
    /// Whether a document that was printed says already why the command failed.
    has_told_failure: bool,
}

impl Output {
    pub fn new(format: Format) -> Self {
        Self { format, sink: Some(io::stdout()), has_told_failure: false }
    }

    /// Prints one result in the form that was asked for.
    pub fn document<T: Serialize>(
        &mut self,
        document: impl FnOnce() -> T,
        text: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        let mut document = match self.format {
            Format::Json => serde_json::to_string(&document())?,
            Format::Text => text(),
        };
        if !document.is_empty() && !document.ends_with('\n') {
            document.push('\n');
        }
        self.attempt(|sink| sink.write_all(document.as_bytes()))
    }

    /// Prints the result of a command that fails with it: for a program its document has the failure as `error`, so that
    /// there is no other one for that. Gives the failure back.
    pub fn failing<T: Serialize>(
        &mut self,
        document: impl FnOnce() -> T,
        text: impl FnOnce() -> String,
        error: CliError,
    ) -> CliError {
        let failure = Failure::from(&error);
        match self.document(|| Failed { document: document(), failure }, text) {
            Ok(()) => {
                self.has_told_failure = true;
                error
            }
            Err(unprinted) => unprinted,
        }
    }

    /// A document that was printed says already why the command fails, if it does.
    pub fn set_failure_told(&mut self) {
        self.has_told_failure = true;
    }

    /// Tells a program why the command failed, unless it was told.
    pub fn failure(&mut self, error: &CliError) -> Result<(), CliError> {
        match self.format {
            Format::Json if !self.has_told_failure => self.document(|| Failure::from(error), String::new),
            Format::Json | Format::Text => Ok(()),
        }
    }

    /// Tells a program and a person why the command failed. Where nobody listens, nothing is left to be done.
    pub fn last_words(&mut self, error: &CliError) {
        let _ = self.failure(error);
        let _ = self.flush();
        let _ = writeln!(io::stderr(), "error: {}", strangers::lines(&error.to_string()));
    }

    /// For whom is printed.
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
