//! The lines of a scenario, as they come.

use std::io::{self, BufRead};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::error::CliError;
use super::signals::Signals;

/// How often is looked whether a signal has come while no line does.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Lines that are read by a thread of their own, as reading waits for whoever writes them and does not hear of signals.
#[derive(Debug)]
pub struct Lines(Receiver<io::Result<String>>);

impl Lines {
    pub fn of(input: impl BufRead + Send + 'static) -> io::Result<Self> {
        // No line is asked for before the one before it is taken.
        let (sender, receiver) = mpsc::sync_channel(0);
        let read = move || input.lines().map(|line| sender.send(line)).take_while(Result::is_ok).for_each(drop);
        thread::Builder::new().name("lines".to_owned()).spawn(read)?;
        Ok(Self(receiver))
    }

    /// The next line; nothing at the end.
    ///
    /// # Errors
    /// [`CliError::Interrupted`], when a signal has come; [`CliError::Line`], when the line cannot be read.
    pub fn next(&self, signals: &Signals) -> Result<Option<String>, CliError> {
        loop {
            if let Some(signal) = signals.came() {
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
