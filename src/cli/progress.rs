//! How a measurement goes on, for a person who waits at a terminal.

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use vellum::lab::{Progress, time_left};

/// How often a line is written where standard error is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(60);

/// A bar on standard error with the time left; where that is no terminal, a line each minute.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    /// When the last line was written, or the bar was made.
    told: Instant,
}

impl Bar {
    pub fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        // A template that did not parse would leave the usual style.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %, {left} left  {wide_msg}") {
            bar.set_style(style.with_key("left", left));
        }
        Self { bar, told: Instant::now() }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Writes how long it still takes.
fn left(state: &ProgressState, text: &mut dyn fmt::Write) {
    // The bar has nowhere to say that it cannot be written.
    let _ = write!(text, "{}", human_left(state.len().unwrap_or(0), state.pos(), state.elapsed()));
}

/// How long it still takes, after so many milliseconds of the plan.
fn human_left(planned: u64, done: u64, elapsed: Duration) -> HumanDuration {
    let left = time_left(Duration::from_millis(planned), Duration::from_millis(done), elapsed);
    HumanDuration(Duration::from_secs(left.as_secs()))
}

/// What is said where there is no bar.
fn line(planned: u64, done: u64, elapsed: Duration, what: &str) -> String {
    let percent = done.saturating_mul(100).checked_div(planned).unwrap_or(0).min(100);
    format!("{percent} %, {} left: {what}", human_left(planned, done, elapsed))
}

/// The bar counts milliseconds of the plan.
fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

impl Progress for Bar {
    fn begin(&mut self, expected: Duration) {
        self.bar.set_length(milliseconds(expected));
        self.bar.enable_steady_tick(Duration::from_millis(250));
    }

    fn working_on(&mut self, what: &str) {
        self.bar.set_message(what.to_owned());
        if self.bar.is_hidden() && self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            let bar = &self.bar;
            // A run goes on though nobody reads how.
            let _ = writeln!(io::stderr(), "{}", line(bar.length().unwrap_or(0), bar.position(), bar.elapsed(), what));
        }
    }

    fn done(&mut self, planned: Duration) {
        self.bar.inc(milliseconds(planned));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_and_what_is_left() {
        let elapsed = Duration::from_secs(300);
        assert_eq!(line(1_200_000, 300_000, elapsed, "fault: read"), "25 %, 15 minutes left: fault: read");
        assert_eq!(line(0, 0, Duration::ZERO, "call"), "0 %, 0 seconds left: call");
    }
}
