//! What a transaction may use: the checks of its allowance.

use super::allowance::Use;
use super::state::Transaction;
use crate::contract::Compiled;
use crate::limits::{FREE_CHANGED_PAGES, LOG_ENTRY_BYTES};
use crate::machine::Stop;
use crate::paging::PagingError;
use crate::receipt::{Event, Halt, HaltKind};
use crate::units::Address;

impl Transaction {
    /// Returns what the transaction has used of its limits.
    pub(super) fn used(&self) -> Use {
        Use {
            events: self.events.len(),
            event_bytes: self.events.bytes(),
            log_bytes: self.log_bytes,
            contracts: self.order.len(),
            code_bytes: self.code_bytes,
            memory_bytes: self.memory.used(),
            changed_pages: 0,
        }
    }

    /// Returns the halt of the running call if it may not use this much.
    pub(super) fn allow(&self, what: &str, used: Use) -> Result<(), Halt> {
        match self.allowance.exceeded_by(used) {
            None => Ok(()),
            Some(exceeded) => Err(Halt { kind: HaltKind::Limit, message: format!("{what}: {exceeded}") }),
        }
    }

    /// Returns true if the running calls have changed more pages than the innermost one may. It has written at most `written` pages.
    pub(super) fn changes_too_much(&mut self, written: u64) -> Result<bool, PagingError> {
        let allowed = self.allowance.changed_pages() + FREE_CHANGED_PAGES * self.depth as usize;
        let dirty =
            [&self.current].into_iter().chain(&self.other_contracts).map(|visit| visit.region.written_pages()).sum();
        let (journal, storage) = self.journal();
        journal.exceeds(allowed, written, dirty, storage)
    }

    /// Returns the number of pages that the innermost call, a nested one, has changed since it began.
    pub(super) fn changed_by_call(&mut self) -> Result<usize, PagingError> {
        let (journal, storage) = self.journal();
        journal.changed_by_call(storage)
    }

    /// The halt of a call that has changed more pages than it may.
    #[cold]
    pub(super) fn too_many_pages(&self) -> Halt {
        let changed_pages = self.allowance.changed_pages() + 1;
        let message = self.allowance.exceeded_by(Use { changed_pages, ..Use::default() }).unwrap_or_default();
        Halt { kind: HaltKind::Limit, message: format!("storage: {message}") }
    }

    /// Counts bytes to the memory of the running call.
    pub(super) fn take_memory(&mut self, what: &str, bytes: usize) -> Result<(), Halt> {
        let memory = self.memory.with(bytes);
        self.allow(what, Use { memory_bytes: memory.used(), ..self.used() })?;
        self.memory = memory;
        Ok(())
    }

    /// Halts the call of a contract that may not be visited.
    pub(super) fn allow_visit(&self, contract: Address) -> Result<(), Halt> {
        if self.order.contains(&contract) {
            return Ok(());
        }
        self.allow("a call", Use { contracts: self.order.len() + 1, ..self.used() })
    }

    /// Counts what a call of the current contract takes before it runs: the code, if this is the first call, the own memory and the
    /// input, which the caller has, too.
    pub(super) fn take_call(&mut self, compiled: &Compiled, input: &[u8]) -> Result<(), Halt> {
        if !self.current.is_code_counted {
            let used = Use { code_bytes: self.code_bytes + compiled.code_bytes, ..self.used() };
            self.allow("a call", used)?;
            self.code_bytes = used.code_bytes;
            self.current.is_code_counted = true;
        }
        self.take_memory("a call", compiled.metadata.own_memory_bytes() + 2 * input.len())
    }

    /// Adds an event.
    pub(super) fn add_event(&mut self, event: Event) -> Result<(), Stop> {
        let used = self.used();
        let used = Use { events: used.events + 1, event_bytes: used.event_bytes + event.data.len(), ..used };
        self.allow("vellum.emit", used).map_err(Stop::from)?;
        self.events.emit(event);
        Ok(())
    }

    /// Adds a log text to the receipt.
    pub(super) fn add_log(&mut self, text: &[u8]) -> Result<(), Stop> {
        let log_bytes = self.log_bytes + text.len() + LOG_ENTRY_BYTES;
        self.allow("vellum.log", Use { log_bytes, ..self.used() }).map_err(Stop::from)?;
        self.log_bytes = log_bytes;
        self.logs.push(String::from_utf8_lossy(text).into_owned());
        Ok(())
    }
}
