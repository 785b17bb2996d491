//! The names of the tables and arms. The page looks them up.

/// Tables.
pub const READ: &str = "8-byte read";
pub const WRITE: &str = "8-byte write";
pub const RECORD: &str = "8-byte read within records of 64 bytes";
pub const HOST_CALL: &str = "8-byte slice against an empty host call";
pub const COPY_IN: &str = "copy from storage";
pub const COPY_OUT: &str = "copy to storage";
pub const SCAN: &str = "8-byte read over a large array";

/// Arms.
pub const OWN: &str = "own memory";
pub const SOFT: &str = "mapped, soft";
pub const EAGER: &str = "mapped, eager";
pub const RESIDENT: &str = "mapped, resident";
pub const SLICE: &str = "slice to memory";
pub const REGISTER: &str = "slice to register";
pub const EMPTY: &str = "empty host call";
