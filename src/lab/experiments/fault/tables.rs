//! Names of the tables, which the page refers to.

pub const KEPT: &str = "pages with frames kept from the call before";
pub const STORED: &str = "pages in LMDB only";
pub const NEW: &str = "pages never written";
pub const ORDER: &str = "read of pages in LMDB only, in different orders";
pub const STEPPED_STORED: &str = "all orders and steps: pages in LMDB only";
pub const STEPPED_KEPT: &str = "all orders and steps: frames kept from the call before";
pub const STEPPED_HALF: &str = "all orders and steps: the frame of every second page kept";
pub const STEPPED_NEW: &str = "all orders and steps: pages never written";
/// Tables whose pages `resident` has at entry. In the others it brings them in before the first touch, in the time that is
/// subtracted.
pub const RESIDENT_AT_ENTRY: [&str; 3] = [KEPT, STEPPED_KEPT, AGAIN];
pub const AGAIN: &str = "so many reads of each page";
