//! Placeholder
use super::compile::{Compiled, compile};
use super::error::ContractError;
use super::prepare::Checks;
/// x
pub struct ModuleCache {}
impl ModuleCache {
/// x
pub fn x(e:&wasmtime::Engine, c:&[u8]) -> Result<Compiled, ContractError> { compile(e,c,Checks::All) }
}
