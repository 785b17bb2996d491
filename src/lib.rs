//! vellum

pub mod contract;
pub mod limits;
pub mod units;
