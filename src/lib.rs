//! vellum
pub mod contract;
pub mod exec;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod limits;
pub mod paging;
pub mod store;
pub mod units;
mod vmcalls;
