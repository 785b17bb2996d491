//! The beginning of a proof. The head of `proof` describes the rest.

/// The first bytes of a proof, and the key of its checksum.
pub(super) const MAGIC: &[u8; 12] = b"vellum proof";

/// The format version that this program makes and verifies. Every change of the layout increments it.
pub(super) const FORMAT: u8 = 2;

/// What a proof shows, and the kind of root to which it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Storage = 1,
    Account = 2,
    StorageInWorld = 3,
}
