//! The lab: what does mapped storage cost on this host, compared with slices?
//!
//! `workloads/` holds contracts in several forms and the native model that checks them. `measure/` takes samples and
//! decides what they support. `experiments/` asks the questions, and `report/` shows the answers. [`run_report`] runs
//! every experiment, [`bench`](fn@bench) runs some of them, and [`bench_pair`] compares two contracts of the user.

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
pub use experiments::{Pair, PairCall, UserContract};
pub use measure::Interrupt;
pub use options::ReportOptions;
pub use progress::{Progress, Unwatched, time_left};
pub use report::{Comparison, Report, Taken};
pub use run::{bench, bench_pair, run_report};
pub use settings::Settings;
