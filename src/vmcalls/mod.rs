//! The functions that contracts import, one file per import module, and those of an embedder's own. Each only translates
//! arguments and calls down.
//!
//! What is refused is refused before anything has changed, with the function, the argument and what would be right.

mod arguments;
mod calls;
mod ewasm;
mod host_call;
mod node;
mod own;
mod paging;
mod refusal;
mod running;
mod svm;
mod vellum;

use wasmtime::{Engine, Linker};

use crate::machine::{Environment, Host};

pub use host_call::HostCall;
pub(crate) use own::OwnImport;
pub use own::{HostClosure, HostResult, HostReturn, HostValue};
pub use refusal::Refusal;
pub(crate) use vellum::check_output;

/// Every host function that the contract layer lets a module import, by the names it links them under: ours, and those of an
/// embedder's own, whose names it has accepted.
pub(crate) fn linker<E: Environment>(engine: &Engine, own: Vec<OwnImport<E>>) -> wasmtime::Result<Linker<Host<E>>> {
    let mut linker = Linker::new(engine);
    paging::add(&mut linker)?;
    svm::add(&mut linker)?;
    node::add(&mut linker)?;
    vellum::add(&mut linker)?;
    calls::add(&mut linker)?;
    ewasm::add(&mut linker)?;
    own.into_iter().try_for_each(|import| import.add(&mut linker))?;
    Ok(linker)
}
