//! vellum

pub mod limits;
pub mod store;
pub mod units;
