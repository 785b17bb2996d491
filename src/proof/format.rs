//! What the record of a proof begins with; the head of `mod.rs` draws the rest.

/// What a proof begins with, and the key of its checksum.
pub(super) const MAGIC: &[u8; 12] = b"vellum proof";

/// What this program makes and verifies. Any change to the layout makes it another.
pub(super) const FORMAT: u8 = 2;

/// What a proof leads from and to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Storage = 1,
    Account = 2,
    StorageInWorld = 3,
}
