//! The data of a wasmtime store, which host functions work on.

use wasmtime::{Global, ResourceLimiter};

use super::environment::{Environment, EnvironmentSlot};
use super::frame::CallFrame;
use super::prices::own_memory;
use super::stop::Stop;
use crate::paging::{Access, PageTable};
use crate::receipt::{Halt, HaltKind};
use crate::units::PAGE_SIZE;

/// Bytes of the widest load or store: that of a vector.
const WIDEST_ACCESS: u64 = 16;

/// The data of a machine's wasmtime store: the call frame and, while a call runs, the environment.
#[derive(Debug)]
pub(crate) struct Host<E> {
    pub(super) environment: EnvironmentSlot<E>,
    pub(crate) frame: CallFrame,
    /// The global in which the code counts its remaining call depth; `None` if it does not count.
    pub(super) depth: Option<Global>,
}

impl<E: Environment> Host<E> {
    /// The data of an idle machine with this page table.
    pub(super) fn new(table: PageTable) -> Self {
        Self { environment: EnvironmentSlot::empty(), frame: CallFrame::new(table), depth: None }
    }

    /// The environment of the running call. It is present whenever code runs.
    pub(crate) fn environment(&self) -> &E {
        &self.environment
    }

    /// The environment and the frame of the running call.
    #[inline]
    pub(crate) fn parts(&mut self) -> Result<(&mut E, &mut CallFrame), Stop> {
        let environment = self.environment.as_mut().ok_or_else(no_environment)?;
        Ok((environment, &mut self.frame))
    }

    /// Serves a software fault: makes `length` bytes from `start` accessible. A range that is not within storage is ignored: the
    /// access itself traps, or it lies in own memory in front of storage.
    ///
    /// A store that is partly within storage is served for this part. Some processors write that part before they trap,
    /// and the undo must cover it.
    #[inline]
    pub(crate) fn fault(&mut self, start: u64, length: u64, access: Access) -> Result<(), Stop> {
        let (environment, frame) = self.parts()?;
        let base = u64::from(frame.table.storage_base());
        let limit = base + environment.page_limit().bytes();
        let Some(end) = start.checked_add(length) else { return Ok(()) };
        let inside = start.max(base)..end.min(limit);
        if inside != (start..end) && (access == Access::Read || length > WIDEST_ACCESS || frame.table.is_read_only()) {
            return Ok(());
        }
        if inside.is_empty() {
            return Ok(());
        }
        let first = ((inside.start - base) / PAGE_SIZE as u64) as u32;
        let last = ((inside.end - 1 - base) / PAGE_SIZE as u64) as u32;
        environment.touch(&mut frame.table, first..last + 1, access)
    }
}

/// Contracts have no start function, so their code runs in transactions only.
#[cold]
fn no_environment() -> Stop {
    Stop::halt(HaltKind::Limit, "a host function was called outside a transaction")
}

/// `memory.grow` returns -1 at the fixed limits only, those of the transaction among them. If the host refuses memory, the call halts.
impl<E: Environment> ResourceLimiter for Host<E> {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        // Without an environment the instance is being made or restored.
        let Some(environment) = self.environment.as_mut() else { return Ok(true) };
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        if environment.take_memory("memory.grow", desired - current).is_err() {
            return Ok(false);
        }
        let wasm_pages = |bytes: usize| (bytes >> 16) as u32;
        self.frame.owed += own_memory(wasm_pages(desired)).0 - own_memory(wasm_pages(current)).0;
        // What the call cannot pay at its end, it does not get.
        if self.frame.owed > self.frame.gas { Err(Stop::out_of_gas().into()) } else { Ok(true) }
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
