//! The program as its users meet it: every test runs the binary.

mod bad_input;
mod browser;
mod commands;
mod coverage;
mod damage;
mod failures;
mod fuzzing;
mod help;
mod history;
mod imports;
mod limits;
mod measuring;
mod output;
mod processes;
mod proofs;
mod readme;
mod scenarios;
mod schema;
mod search;
mod signals;
mod state_directory;
mod strangers;
mod support;
mod traces;
mod vmcalls;
