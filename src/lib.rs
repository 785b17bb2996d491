//! vellum

pub mod contract;
pub mod limits;
pub mod store;
pub mod units;
