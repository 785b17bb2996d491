//! The host functions, one file per import module, and the custom host functions of the embedder. A host function only
//! translates its arguments for the layers below.
//!
//! A host function refuses its arguments before it has any effect. A refusal names the function, the argument and what is
//! accepted.

mod arguments;
mod calls;
mod custom;
mod ewasm;
mod host_call;
mod node;
mod paging;
mod refusal;
mod running;
mod svm;
mod vellum;

use wasmtime::{Engine, Linker};

use crate::machine::{Environment, Host};

pub(crate) use custom::CustomImport;
pub use custom::{HostClosure, HostResult, HostReturn, HostValue};
pub use host_call::HostCall;
pub use refusal::Refusal;
pub(crate) use vellum::check_output;

/// Links every host function that the contract layer lets a module import, under its link name: the functions that every VM has,
/// and the custom functions, whose names that layer has accepted.
pub(crate) fn linker<E: Environment>(
    engine: &Engine,
    custom: Vec<CustomImport<E>>,
) -> wasmtime::Result<Linker<Host<E>>> {
    let mut linker = Linker::new(engine);
    paging::add(&mut linker)?;
    svm::add(&mut linker)?;
    node::add(&mut linker)?;
    vellum::add(&mut linker)?;
    calls::add(&mut linker)?;
    ewasm::add(&mut linker)?;
    custom.into_iter().try_for_each(|import| import.add(&mut linker))?;
    Ok(linker)
}
