//! The parties of a search: names, balances, and the time of the first transaction.

use crate::units::{Address, Gas};

/// The names of the actors. The first is the attacker. The other only returns when it is called.
pub const ACTORS: [&str; 2] = ["attacker", "honest"];

/// The names of the users, who are accounts without code.
pub const USERS: [&str; 2] = ["alice", "bob"];

/// The balance of each actor and user at the start.
pub const INITIAL_BALANCE: u64 = 1_000_000;

/// The time between two blocks in seconds.
pub(super) const BLOCK_SECONDS: u64 = 10;

/// The author of the actors, which is part of their addresses.
pub(super) const ACTORS_AUTHOR: Address = Address(*b"vellum fuzz's actors");

/// The block and the time of a transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// The block number.
    pub block: u64,
    /// The time, in seconds.
    pub timestamp: u64,
}

impl Moment {
    /// Returns the moment a number of blocks later.
    pub fn after(self, blocks: u64) -> Self {
        let seconds = blocks.saturating_mul(BLOCK_SECONDS);
        Self { block: self.block.saturating_add(blocks), timestamp: self.timestamp.saturating_add(seconds) }
    }
}

/// A contract under test.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its name in texts and in the scenario.
    pub name: String,
    /// Its address.
    pub address: Address,
}

/// The contracts of a search, and the exports that must hold.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The contracts under test.
    pub subjects: Vec<Subject>,
    /// Names of the exports that must give 1 after every transaction.
    pub invariants: Vec<String>,
    /// Names of the exports that must give 1 during calls too.
    pub views: Vec<String>,
    /// The gas of each transaction.
    pub gas: Gas,
    /// The latest block and the latest time that the contracts have seen during the setup.
    pub latest: Moment,
}

/// Returns the address of a user.
pub(super) fn address_of_user(user: usize) -> Address {
    let mut address = Address(*b"vellum fuzz's people");
    address.0[19] = user as u8;
    address
}
