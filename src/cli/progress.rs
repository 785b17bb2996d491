//! How a measurement goes on, for a person who waits at a terminal; and how that person stops it.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use vellum::lab::measure::Interrupt;
use vellum::lab::{Progress, time_left};

use super::error::CliError;

/// A bar on standard error with the time left; nothing where that is no terminal.
#[derive(Debug)]
pub struct Bar(ProgressBar);

impl Bar {
    pub fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        // A template that did not parse would leave the usual style.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %, {left} left  {wide_msg}") {
            bar.set_style(style.with_key("left", left));
        }
        Self(bar)
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Writes how long it still takes.
fn left(state: &ProgressState, text: &mut dyn Write) {
    let planned = Duration::from_millis;
    let left = time_left(planned(state.len().unwrap_or(0)), planned(state.pos()), state.elapsed());
    // The bar has nowhere to say that it cannot be written.
    let _ = write!(text, "{}", HumanDuration(Duration::from_secs(left.as_secs())));
}

/// The bar counts milliseconds of the plan.
fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

impl Progress for Bar {
    fn begin(&mut self, expected: Duration) {
        self.0.set_length(milliseconds(expected));
        self.0.enable_steady_tick(Duration::from_millis(250));
    }

    fn working_on(&mut self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    fn done(&mut self, planned: Duration) {
        self.0.inc(milliseconds(planned));
    }
}

/// From now on Ctrl-C asks the measurement to stop, and what was measured is kept. A second one ends the process.
pub fn stop_on_ctrl_c() -> Result<Interrupt, CliError> {
    let interrupt = Interrupt::default();
    let from_handler = interrupt.clone();
    ctrlc::set_handler(move || {
        if from_handler.requested() {
            std::process::exit(130);
        }
        from_handler.request();
    })?;
    Ok(interrupt)
}
