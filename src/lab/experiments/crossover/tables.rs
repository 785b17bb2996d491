//! The names of the tables. The page looks them up.

pub const READS: &str = "words read per page, with kept frames";
pub const CHANGES: &str = "words changed per page, with kept frames";
pub const COLD: &str = "words read per page, pages in LMDB only";
