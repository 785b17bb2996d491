//! The functions that contracts import, one file per import module. Each only translates arguments and calls down.
//!
//! What is refused is refused before anything has changed, with the function, the argument and what would be right.

mod arguments;
mod calls;
mod ewasm;
mod node;
mod paging;
mod registers;
mod svm;
mod vellum;

pub(crate) use registers::Registers;

use wasmtime::{Engine, Linker};

use crate::exec::Host;

/// Every host function that the contract layer lets a module import, by the names it links them under.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    paging::add(&mut linker)?;
    svm::add(&mut linker)?;
    node::add(&mut linker)?;
    vellum::add(&mut linker)?;
    calls::add(&mut linker)?;
    ewasm::add(&mut linker)?;
    Ok(linker)
}
