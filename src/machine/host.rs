//! What host functions find in the wasmtime store of the instance that calls them.

use wasmtime::{Global, ResourceLimiter};

use super::environment::{Environment, Held};
use super::frame::CallFrame;
use super::stop::Stop;
use crate::paging::{Access, PageTable};
use crate::receipt::{Halt, HaltKind};
use crate::units::PAGE_SIZE;

/// Bytes of the widest load or store, of a vector.
const WIDEST_ACCESS: u64 = 16;

/// The data of an instance's store: the environment while a call runs here, and the call.
#[derive(Debug)]
pub(crate) struct Host<E> {
    pub(super) environment: Held<E>,
    pub(crate) frame: CallFrame,
    /// The units of call depth that are left to the instance's code, if it counts them.
    pub(super) depth: Option<Global>,
}

impl<E: Environment> Host<E> {
    /// A host for an instance whose calls have this page table.
    pub(super) fn new(table: PageTable) -> Self {
        Self { environment: Held::none(), frame: CallFrame::new(table), depth: None }
    }

    /// The environment of the call that runs here. There is one whenever code runs.
    pub(crate) fn environment(&self) -> &E {
        &self.environment
    }

    /// The environment of the call that runs here, and the call.
    #[inline]
    pub(crate) fn parts(&mut self) -> Result<(&mut E, &mut CallFrame), Stop> {
        let environment = self.environment.as_mut().ok_or_else(no_environment)?;
        Ok((environment, &mut self.frame))
    }

    /// A fault of compiled code: makes the bytes from `start` on ready. A range that is not within the memory is left
    /// alone: there the access itself traps.
    ///
    /// But for a store that begins within it: some processors write what they can before they trap, and the undo must
    /// know of it.
    #[inline]
    pub(crate) fn fault(&mut self, start: u64, length: u64, access: Access) -> Result<(), Stop> {
        let (environment, frame) = self.parts()?;
        let size = environment.page_limit().bytes();
        let Some(mut end) = start.checked_add(length) else { return Ok(()) };
        if end > size {
            if access == Access::Read || length > WIDEST_ACCESS || frame.table.is_read_only() {
                return Ok(());
            }
            end = size;
        }
        if start >= end {
            return Ok(());
        }
        let first = (start / PAGE_SIZE as u64) as u32;
        let last = ((end - 1) / PAGE_SIZE as u64) as u32;
        environment.touch(&mut frame.table, first..last + 1, access)
    }
}

/// Contracts have no start function, so no code of theirs runs outside a transaction.
#[cold]
fn no_environment() -> Stop {
    Stop::halt(HaltKind::Limit, "a host function was called outside a transaction")
}

/// `memory.grow` fails by the fixed limits only: when the host has no memory to give, the call cannot go on.
impl<E: Environment> ResourceLimiter for Host<E> {
    fn memory_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        if error.downcast_ref::<std::io::Error>().is_some() {
            let halt = Halt { kind: HaltKind::Limit, message: format!("the host refused memory: {error:#}") };
            return Err(match self.environment.as_mut() {
                Some(environment) => environment.fail(halt).into(),
                None => Stop::Halt(Box::new(halt)).into(),
            });
        }
        Ok(())
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}
