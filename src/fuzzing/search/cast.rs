//! Who is in the world of a search, what they have, and when it begins.

use crate::units::{Address, Gas};

/// What the search's contracts are called; the first is the attacker, the others only return when they are called.
pub const ACTORS: [&str; 2] = ["attacker", "honest"];

/// What accounts without code are called.
pub const PEOPLE: [&str; 2] = ["alice", "bob"];

/// Money of each actor and person at the start.
pub const FUNDS: u64 = 1_000_000;

/// Seconds between two blocks.
pub(super) const BLOCK_SECONDS: u64 = 10;

/// Who deploys the actors: part of their addresses.
pub(super) const ACTORS_AUTHOR: Address = Address(*b"vellum fuzz's actors");

/// When a transaction happens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// The block's number.
    pub block: u64,
    /// The time, in seconds.
    pub timestamp: u64,
}

impl Moment {
    /// So many blocks later.
    pub fn after(self, blocks: u64) -> Self {
        let seconds = blocks.saturating_mul(BLOCK_SECONDS);
        Self { block: self.block.saturating_add(blocks), timestamp: self.timestamp.saturating_add(seconds) }
    }
}

/// What a search needs to know of a contract under test.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub address: Address,
}

/// Who is called what in the world, and what is asked of it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The contracts under test.
    pub subjects: Vec<Subject>,
    /// Exports that must give 1 after every transaction.
    pub invariants: Vec<String>,
    /// Exports that must give 1 in the middle of calls, too.
    pub views: Vec<String>,
    /// Gas of each transaction.
    pub gas: Gas,
    /// The last moment that was given to the contracts already.
    pub latest: Moment,
}

/// The address of an account without code.
pub(super) fn address_of_person(person: usize) -> Address {
    let mut address = Address(*b"vellum fuzz's people");
    address.0[19] = person as u8;
    address
}
