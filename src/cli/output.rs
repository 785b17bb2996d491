//! Standard output: one document for a program, or text for a person.

use std::io::{self, Stdout, Write};

use serde_json::Value;

use super::error::CliError;

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
}

impl Output {
    pub fn new(format: Format) -> Self {
        Self { format, sink: Some(io::stdout()) }
    }

    /// Prints one result in the form that was asked for.
    pub fn document(&mut self, json: impl FnOnce() -> Value, text: impl FnOnce() -> String) -> Result<(), CliError> {
        let mut document = match self.format {
            Format::Json => json().to_string(),
            Format::Text => text(),
        };
        if !document.is_empty() && !document.ends_with('\n') {
            document.push('\n');
        }
        self.attempt(|sink| sink.write_all(document.as_bytes()))
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
