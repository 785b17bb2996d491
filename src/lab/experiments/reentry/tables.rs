//! The names of the tables. The page looks them up.

pub const ONCE: &str = "one chain per transaction, 1 page written at each level";
pub const DEPTH: &str = "many chains per transaction, 1 page written at each level";
pub const PAGES: &str = "many nested calls per transaction, by pages written";
pub const BESIDE_WRITTEN: &str = "a call writes 16 pages and reverts, beside pages written by its caller";
pub const DIRTY: &str = "the only nested call of a transaction writes 16 pages, clean or dirty before, and reverts";
pub const BESIDE_READ: &str = "a call writes 16 pages and reverts, beside stored pages read by its caller";
