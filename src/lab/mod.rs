//! The lab.

mod error;
pub mod measure;
pub mod workloads;

pub use error::LabError;
