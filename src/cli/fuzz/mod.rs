//! `vellum fuzz`

mod arguments;
mod contracts;
mod description;
mod finding;
mod outcome;
mod vm;

pub use arguments::Fuzz;

use super::context::Context;
use super::error::CliError;

impl Fuzz {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        if self.search.contracts.is_empty() { vm::run(self, context) } else { contracts::run(&self, context) }
    }
}
