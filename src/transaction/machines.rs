//! Getting machines for the calls of a transaction, and running them.

use std::mem;
use std::sync::Arc;

use super::error::TransactionError;
use super::state::Transaction;
use crate::contract::{Checks, Compiled};
use crate::machine::{CallResult, EnvironmentSlot, IncomingCall, Machine, Parts};
use crate::paging::{Access, PageTable};
use crate::receipt::Phase;

/// The most memory that the idle machines of a transaction take: 128 MiB. Those of a recursion of small calls need less.
const MAX_IDLE_MACHINE_BYTES: usize = 128 << 20;

impl Transaction {
    /// The compiled code of the current contract, with the page checks that the call needs.
    pub(super) fn compiled(&self, read_only: bool) -> Result<Arc<Compiled>, TransactionError> {
        let checks = if self.is_checked(read_only) { Checks::All } else { self.pager.checks() };
        self.shared.compiled(&*self.snapshot, &self.current.address, &self.current.code.hash, checks)
    }

    /// Returns true if only the page table of the call can stop its writes: the call is static, and the pager detects no
    /// writes.
    fn is_checked(&self, read_only: bool) -> bool {
        read_only && !self.pager.knows(Access::Write)
    }

    /// An idle machine of the current contract, or a new one.
    pub(super) fn machine(
        &mut self,
        compiled: &Arc<Compiled>,
        read_only: bool,
    ) -> Result<Machine<Self>, TransactionError> {
        let counted = self.tracer.as_ref().is_some_and(|tracer| tracer.counts());
        if !counted && let Some(machine) = self.current.take_machine(compiled) {
            self.idle_machine_bytes = self.idle_machine_bytes.saturating_sub(machine.kept_bytes());
            return Ok(machine);
        }
        match self.new_machine(compiled, read_only, counted) {
            // The memories of other contracts may have taken the address space.
            Err(_) if self.drop_idle_machines() | self.shared.pool.clear() => {
                self.new_machine(compiled, read_only, counted)
            }
            made => made,
        }
    }

    /// Drops the idle machines of all visited contracts. Returns false if there were none.
    pub(super) fn drop_idle_machines(&mut self) -> bool {
        self.idle_machine_bytes = 0;
        let visits = [&mut self.current].into_iter().chain(&mut self.other_contracts);
        visits.map(|visit| mem::take(&mut visit.machines)).filter(|machines| !machines.is_empty()).count() > 0
    }

    fn new_machine(
        &self,
        compiled: &Arc<Compiled>,
        read_only: bool,
        counted: bool,
    ) -> Result<Machine<Self>, TransactionError> {
        let (contract, limit) = (self.current.address, self.current.region.limit());
        let table = if self.is_checked(read_only) { PageTable::new() } else { self.pager.page_table(limit) };
        let table = table.map_err(|source| TransactionError::Memory { contract, source })?;
        let storage_module = self.shared.storage_module(limit)?;
        let parts = Parts { linker: &self.shared.linker, storage_module: &storage_module, compiled, table, counted };
        Ok(Machine::new(parts, &self.current.region)?)
    }

    /// Runs a call of the current contract. The machine is kept for the next call if it can be restored.
    pub(super) fn run(
        slot: &mut EnvironmentSlot<Self>,
        mut machine: Machine<Self>,
        incoming: &IncomingCall<'_>,
    ) -> Result<CallResult, TransactionError> {
        slot.current.running += 1;
        let result = machine.run(slot, incoming)?;
        slot.lap(Phase::Execution);
        slot.current.running -= 1;
        if machine.restore() {
            // A restored machine takes the same until it is taken.
            let kept_bytes = slot.idle_machine_bytes + machine.kept_bytes();
            if kept_bytes <= MAX_IDLE_MACHINE_BYTES {
                slot.idle_machine_bytes = kept_bytes;
                slot.current.put_machine(machine);
            }
        }
        Ok(result)
    }
}
