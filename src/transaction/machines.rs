//! The machines that run the calls of a transaction.

use std::sync::Arc;

use super::error::TransactionError;
use super::state::Transaction;
use crate::contract::{Checks, Compiled};
use crate::machine::{Ended, Entry, Held, Machine, Parts};
use crate::paging::{Access, PageTable};
use crate::receipt::Phase;

impl Transaction {
    /// The running contract's code, with the checks that a call of its kind needs.
    pub(super) fn compiled(&self, read_only: bool) -> Result<Arc<Compiled>, TransactionError> {
        let checks = if self.is_checked(read_only) { Checks::All } else { self.pager.checks() };
        self.shared.compiled(&*self.snapshot, &self.here.address, &self.here.code.hash, checks)
    }

    /// Whether a call's own page table has to stop its writes, as nothing else would.
    fn is_checked(&self, read_only: bool) -> bool {
        read_only && !self.pager.knows(Access::Write)
    }

    /// A machine for a call of the running contract.
    pub(super) fn machine(
        &mut self,
        compiled: &Arc<Compiled>,
        read_only: bool,
    ) -> Result<Machine<Self>, TransactionError> {
        let counted = self.tracer.as_ref().is_some_and(|tracer| tracer.counts());
        if !counted && let Some(machine) = self.here.take_machine(compiled) {
            return Ok(machine);
        }
        let (contract, limit) = (self.here.address, self.here.region.limit());
        let table = if self.is_checked(read_only) { PageTable::new() } else { self.pager.page_table(limit) };
        let table = table.map_err(|source| TransactionError::Memory { contract, source })?;
        let storage_module = self.shared.storage_module(limit)?;
        let parts = Parts { linker: &self.shared.linker, storage_module: &storage_module, compiled, table, counted };
        Ok(Machine::new(parts, &self.here.region)?)
    }

    /// Runs a call of the running contract, and keeps the machine for the next if it is as new.
    pub(super) fn run(
        held: &mut Held<Self>,
        mut machine: Machine<Self>,
        entry: &Entry<'_>,
    ) -> Result<Ended, TransactionError> {
        held.here.running += 1;
        let ended = machine.run(held, entry)?;
        held.was(Phase::Execution);
        held.here.running -= 1;
        if machine.restore() {
            held.here.put_machine(machine);
        }
        Ok(ended)
    }
}
