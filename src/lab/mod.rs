//! The lab.

mod error;
pub mod experiments;
pub mod measure;
pub mod workloads;

pub use error::LabError;
use std::time::Duration;
/// Told how a run goes on, for a person who waits.
pub trait Progress {
    /// A run begins that is expected to take so long.
    fn begin(&mut self, expected: Duration);

    /// This is measured now.
    fn working_on(&mut self, what: &str);

    /// What was expected to take so long is done.
    fn done(&mut self, planned: Duration);
}
