//! What every subcommand gets.

use super::output::Output;
use super::state::State;

/// Where a command works, and what it prints on.
#[derive(Debug)]
pub struct Context {
    pub state: State,
    pub output: Output,
}
