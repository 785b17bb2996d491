//! The progress of a measurement, for a person who waits at a terminal.

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use vellum::lab::{Progress, time_left};

use super::untrusted;

/// The interval between two lines if standard error is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(60);

/// A progress bar on standard error with the time left, or a line each minute if standard error is no terminal.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    /// When the last line was written; at first, when the bar was made.
    last_line: Instant,
}

impl Bar {
    pub fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        // The default style stays if the template does not parse.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %, {left} left  {wide_msg}") {
            bar.set_style(style.with_key("left", write_time_left));
        }
        Self { bar, last_line: Instant::now() }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn write_time_left(state: &ProgressState, text: &mut dyn fmt::Write) {
    // The bar cannot report a failed write.
    let _ = write!(text, "{}", human_time_left(state.len().unwrap_or(0), state.pos(), state.elapsed()));
}

/// The time left; `planned` and `done` are milliseconds of the plan.
fn human_time_left(planned: u64, done: u64, elapsed: Duration) -> HumanDuration {
    let left = time_left(Duration::from_millis(planned), Duration::from_millis(done), elapsed);
    HumanDuration(Duration::from_secs(left.as_secs()))
}

/// The line that replaces the bar; `planned` and `done` are milliseconds of the plan.
fn line(planned: u64, done: u64, elapsed: Duration, what: &str) -> String {
    let percent = done.saturating_mul(100).checked_div(planned).unwrap_or(0).min(100);
    format!("{percent} %, {} left: {what}", human_time_left(planned, done, elapsed))
}

/// The unit of the bar.
fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

impl Progress for Bar {
    fn begin(&mut self, expected: Duration) {
        self.bar.set_length(milliseconds(expected));
        self.bar.enable_steady_tick(Duration::from_millis(250));
    }

    fn working_on(&mut self, what: &str) {
        let what = &untrusted::line(what);
        self.bar.set_message(what.clone());
        if self.bar.is_hidden() && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let bar = &self.bar;
            // The run goes on even if standard error is closed.
            let _ = writeln!(io::stderr(), "{}", line(bar.length().unwrap_or(0), bar.position(), bar.elapsed(), what));
        }
    }

    fn advance(&mut self, planned: Duration) {
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
