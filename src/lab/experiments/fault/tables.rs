//! The names of the tables. The page looks them up.

pub const KEPT: &str = "pages with kept frames";
pub const STORED: &str = "pages in LMDB only";
pub const NEW: &str = "pages never written";
pub const ORDER: &str = "reads of pages in LMDB only, in different orders";
pub const STEPPED_STORED: &str = "all orders and steps: pages in LMDB only";
pub const STEPPED_KEPT: &str = "all orders and steps: pages with kept frames";
pub const STEPPED_HALF: &str = "all orders and steps: every second page with a kept frame";
pub const STEPPED_NEW: &str = "all orders and steps: pages never written";
pub const MANY_READS: &str = "many reads of each page";

/// The tables in which `resident` keeps the frames of all touched pages. In the others it loads pages at the start of the
/// call, and that time is subtracted.
pub const RESIDENT_IN_ADVANCE: [&str; 3] = [KEPT, STEPPED_KEPT, MANY_READS];
