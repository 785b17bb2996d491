//! The program as its users meet it: every test runs the binary.

mod bad_input;
mod browser;
mod commands;
mod coverage;
mod damage;
mod fuzzing;
mod history;
mod measuring;
mod output;
mod processes;
mod proofs;
mod readme;
mod scenarios;
mod schema;
mod search;
mod state_directory;
mod support;
mod vmcalls;
