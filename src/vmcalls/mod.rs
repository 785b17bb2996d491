//! The functions that contracts import, one file per import module. Each only translates arguments and calls down.
//!
//! What is refused is refused before anything has changed, with the function, the argument and what would be right.

mod arguments;
mod calls;
mod ewasm;
mod node;
mod paging;
mod svm;
mod vellum;

use wasmtime::{Engine, Linker};

use crate::machine::{Environment, Host};

/// Every host function that the contract layer lets a module import, by the names it links them under.
pub(crate) fn linker<E: Environment>(engine: &Engine) -> wasmtime::Result<Linker<Host<E>>> {
    let mut linker = Linker::new(engine);
    paging::add(&mut linker)?;
    svm::add(&mut linker)?;
    node::add(&mut linker)?;
    vellum::add(&mut linker)?;
    calls::add(&mut linker)?;
    ewasm::add(&mut linker)?;
    Ok(linker)
}
