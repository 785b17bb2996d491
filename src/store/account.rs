//! Accounts.

use crate::units::{CodeHash, PageCount, StateRoot, Version};

/// What is recorded at an address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// The contract's code; nothing for an account that only sends.
    pub code: Option<Code>,
    /// Money.
    pub balance: u64,
    /// How many of its top-level calls were committed.
    pub nonce: u64,
    /// The state root of its storage.
    pub state: StateRoot,
    /// How often its storage changed.
    pub version: Version,
}

/// Which code a contract runs, and on how much storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// SHA-256 of the wasm bytes.
    pub hash: CodeHash,
    /// The page limit: a multiple of 16.
    pub max_pages: PageCount,
}
