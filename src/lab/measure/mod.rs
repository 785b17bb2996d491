//! Taking numbers: interleaved samples, and what may be said of them.
//!
//! ```text
//!  round 1      round 2      round 3                  one sample = one timed batch
//!  A  B  C      B  A  C      C  B  A     ...          its size is set beforehand so that it is
//!  a1 b1 c1     b2 a2 c2     c3 b3 a3                 long against the clock; samples are kept
//! ```
//!
//! A drift of the machine meets all arms of a round alike, so what is compared is taken round by round.

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
pub use events::{Event, Events, Reading, events};
pub use file_writes::{FileWrites, file_writes};
pub use interleave::{Arm, Batch, Interrupt, MINIMUM_ROUNDS, Plan, Series, interleave, interleave_watched};
pub use interval::Interval;
pub use median::median;
pub use spread::{Layings, by_factor, margin};
pub use statistics::{Ratio, Verdict, median_interval, ratio, ratio_of_runs};
pub use warning::{Warning, warnings};
