//! Measuring: interleaved samples and their statistics.
//!
//! ```text
//!  round 1      round 2      round 3                  a sample is one timed batch; batches are
//!  A  B  C      B  A  C      C  B  A     ...          sized before the first round, so that a
//!  a1 b1 c1     b2 a2 c2     c3 b3 a3                 sample is long against the clock's step
//! ```
//!
//! A drift of the host affects all arms of a round alike. Arms are therefore compared round by round.

mod clock;
mod events;
mod file_writes;
mod interleave;
mod interval;
mod median;
mod spread;
mod statistics;
#[cfg(test)]
mod tests;
mod warning;

pub use clock::clock_step;
pub use events::{Event, EventCounters, Reading, count_events};
pub use file_writes::{FileWrites, file_writes};
pub use interleave::{Arm, Batch, Interrupt, MINIMUM_ROUNDS, Plan, Series, interleave, interleave_watched};
pub use interval::Interval;
pub use median::median;
pub use spread::{Layings, by_factor, margin};
pub use statistics::{Ratio, Verdict, median_interval, ratio, ratio_of_runs};
pub use warning::{Warning, warnings};
