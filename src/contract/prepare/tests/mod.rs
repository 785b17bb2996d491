//! Tests of prepared modules, mostly against the contract as deployed.

mod accesses;
mod depth;
mod host;
mod prices;
mod programs;
mod redundant_checks;
mod structure;
