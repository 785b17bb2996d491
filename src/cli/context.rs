//! The context of a subcommand.

use super::output::Output;
use super::state::State;

/// The store of a command, and its output.
#[derive(Debug)]
pub struct Context {
    pub state: State,
    pub output: Output,
}
