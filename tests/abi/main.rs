//! `design/abi.md`, the page for authors of contracts: its tables are those of the code, and its examples do what it says.
//!
//! `VELLUM_WRITE_ABI=1 cargo test --test abi` makes the tables again.

mod contracts;
mod examples;
mod page;
mod refusals;
mod tables;
