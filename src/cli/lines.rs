//! Reads the lines of a scenario while listening to signals.

use std::io::{self, BufRead};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::error::CliError;
use super::signals::Signals;

/// How often to look for a signal while waiting for a line.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Lines that a separate thread reads. Reading blocks until the other end writes, and signals do not interrupt it.
#[derive(Debug)]
pub struct Lines(Receiver<io::Result<String>>);

impl Lines {
    pub fn read(input: impl BufRead + Send + 'static) -> io::Result<Self> {
        // The thread reads the next line only after the current one was taken.
        let (sender, receiver) = mpsc::sync_channel(0);
        let read = move || input.lines().map(|line| sender.send(line)).take_while(Result::is_ok).for_each(drop);
        thread::Builder::new().name("lines".to_owned()).spawn(read)?;
        Ok(Self(receiver))
    }

    /// Returns the next line, or `None` at the end.
    ///
    /// # Errors
    /// Returns [`CliError::Interrupted`] after a signal, and [`CliError::Line`] if the line cannot be read.
    pub fn next(&self, signals: &Signals) -> Result<Option<String>, CliError> {
        loop {
            if let Some(signal) = signals.received() {
                return Err(CliError::Interrupted(signal));
            }
            match self.0.recv_timeout(LOOK_EVERY) {
                Ok(Ok(line)) => return Ok(Some(line)),
                Ok(Err(error)) => return Err(CliError::Line(format!("cannot be read: {error}"))),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}
