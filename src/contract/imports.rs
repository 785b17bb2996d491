//! The imports that every VM offers: [`MODULES`], one file per module.
//!
//! This table is their only description. The linker takes types, prices and link names from it, and messages take the names of
//! parameters. `vellum imports` and `design/abi.md` show all of it. The custom functions of an embedder are in
//! [`Imports`](super::Imports).

mod documented;
mod host_function;
mod inline;

mod ewasm;
mod node;
mod storage;
pub mod svm;
mod vellum;

pub use documented::{Documented, Memory, Module, Parameter};
pub use host_function::{ACCOUNT_CALL, HOST_CALL, HostFunction, REGISTER_CALL, STORAGE_CALL};
pub(super) use host_function::{shown, type_text, value_type};
pub(super) use inline::INLINE_STORAGE;
pub use inline::{INLINE_REFUSALS, Inline};
pub use storage::{STORAGE_MEMORY, STORAGE_MODULE};

/// The modules that every VM offers for import.
pub const MODULES: &[Module] = &[storage::MODULE, svm::MODULE, ewasm::MODULE, node::MODULE, vellum::MODULE];

/// Every host function of [`MODULES`], in order.
pub fn host_functions<'a>() -> impl Iterator<Item = HostFunction<'a>> {
    MODULES.iter().flat_map(|module| module.functions).map(|documented| documented.function)
}
