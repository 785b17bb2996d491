//! Everything that a contract may import on every virtual machine: [`MODULES`], one file per module.
//!
//! It is written down here only. The linker takes types, prices and link names from it, messages the names of parameters, and
//! `vellum imports` and `design/abi.md` all of it. Custom functions of an embedder are in [`Imports`](super::Imports).

mod documented;
mod host_function;

mod ewasm;
mod node;
mod storage;
pub mod svm;
mod vellum;

pub use documented::{Documented, Memory, Module, Parameter};
pub use host_function::{ACCOUNT_CALL, HOST_CALL, HostFunction, REGISTER_CALL, STORAGE_CALL};
pub(super) use host_function::{shown, type_text, value_type};
pub use storage::{STORAGE_MEMORY, STORAGE_MODULE};

/// Everything that a contract may import on every virtual machine.
pub const MODULES: &[Module] = &[storage::MODULE, svm::MODULE, ewasm::MODULE, node::MODULE, vellum::MODULE];

/// Every host function of [`MODULES`], in order.
pub fn host_functions<'a>() -> impl Iterator<Item = HostFunction<'a>> {
    MODULES.iter().flat_map(|module| module.functions).map(|documented| documented.function)
}
