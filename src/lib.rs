//! vellum
pub mod contract;
pub mod exec;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
#[cfg(feature = "lab")]
pub mod lab;
pub mod limits;
pub mod paging;
pub mod store;
pub mod units;
mod vmcalls;
