//! The prepared module against the contract as it was written.

mod accesses;
mod depth;
mod host;
mod known;
mod prices;
mod programs;
mod structure;
