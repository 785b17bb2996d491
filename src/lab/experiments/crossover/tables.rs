//! Names of the tables, which the page refers to.

pub const READS: &str = "words read of each page, frames kept";
pub const CHANGES: &str = "words changed of each page, frames kept";
pub const COLD: &str = "words read of each page, in LMDB only";
