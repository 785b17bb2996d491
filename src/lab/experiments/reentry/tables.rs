//! Names of the tables, which the page refers to.

pub const ONCE: &str = "one chain in a transaction, 1 page written on each level";
pub const DEPTH: &str = "each of many chains in a transaction, 1 page written on each level";
pub const PAGES: &str = "each of many calls, by the pages that it writes";
pub const BESIDE_WRITTEN: &str = "writes 16 pages and reverts, beside pages that its caller wrote";
pub const DIRTY: &str =
    "the only call of a transaction, writes 16 pages and reverts; its caller wrote none or all of them before";
pub const BESIDE_READ: &str = "writes 16 pages and reverts, beside pages stored, and read by its caller";
