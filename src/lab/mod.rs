//! The lab: what does mapped storage cost against slice calls, on this machine?
//!
//! `workloads/` are contracts in several forms with a native model that judges them, `measure/` takes samples and says
//! what may be concluded from them, `experiments/` ask the questions, and `report/` shows the answers. [`run_report`] is
//! all of it; [`bench`](fn@bench) runs some experiments, and [`bench_pair`] measures two contracts of one's own.

mod error;
pub mod experiments;
pub mod measure;
mod options;
mod progress;
pub mod report;
mod run;
pub mod settings;
pub mod workloads;

pub use error::{LabError, StorageDifference};
pub use experiments::{Brought, Pair, SameCall};
pub use measure::Interrupt;
pub use options::ReportOptions;
pub use progress::{Progress, Unwatched, time_left};
pub use report::{Comparison, Report, Taken};
pub use run::{bench, bench_pair, run_report};
pub use settings::Settings;
