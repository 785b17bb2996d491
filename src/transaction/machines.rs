//! Getting machines for the calls of a transaction, and running them.

use std::mem;
use std::sync::Arc;

use super::error::TransactionError;
use super::lookup::contract_account;
use super::state::Transaction;
use crate::contract::{Checks, Compiled};
use crate::machine::{CallResult, EnvironmentSlot, IncomingCall, Machine, Parts, set_aside_price, visit_price};
use crate::paging::{Access, Image, PageTable, SetAside};
use crate::receipt::Phase;
use crate::store::StoreError;
use crate::units::{Address, CodeHash, Gas};

/// The most memory that the idle machines of a transaction take: 128 MiB. Those of a recursion of small calls need less.
const MAX_IDLE_MACHINE_BYTES: usize = 128 << 20;

impl Transaction {
    /// The compiled code of the current contract, with the page checks that the call needs.
    pub(super) fn compiled(&self, read_only: bool) -> Result<Arc<Compiled>, TransactionError> {
        self.compiled_for(&self.current.address, &self.current.code.hash, read_only)
    }

    fn compiled_for(
        &self,
        contract: &Address,
        hash: &CodeHash,
        read_only: bool,
    ) -> Result<Arc<Compiled>, TransactionError> {
        let checks = if self.is_checked(read_only) { Checks::All } else { self.pager.checks() };
        self.shared.compiled(&*self.snapshot, contract, hash, checks)
    }

    /// The price of the first visit of a contract; 0 if it was visited or there is none.
    pub(super) fn price_of_visit(&self, contract: &Address, read_only: bool) -> Result<Gas, TransactionError> {
        if self.current.address == *contract || self.order.contains(contract) {
            return Ok(Gas(0));
        }
        match contract_account(&*self.snapshot, contract) {
            Ok((_, code)) => Ok(visit_price(self.compiled_for(contract, &code.hash, read_only)?.code_bytes)),
            Err(StoreError::NoAccount(_) | StoreError::NoContract(_)) => Ok(Gas(0)),
            Err(error) => Err(error.into()),
        }
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
        let (contract, region) = (self.current.address, &self.current.region);
        let (limit, place) = (region.limit(), region.place());
        let is_checked = self.is_checked(read_only);
        let table = if is_checked { PageTable::new(place) } else { self.pager.page_table(limit, place) };
        let table = table.map_err(|source| TransactionError::Memory { contract, source })?;
        let storage_module = self.shared.storage_module(limit, place)?;
        let parts = Parts { linker: &self.shared.linker, storage_module: &storage_module, compiled, table, counted };
        Ok(Machine::new(parts, &self.current.region)?)
    }

    /// If a call of the current contract waits, and its own memory lies in front of storage: sets aside what it has written there.
    pub(super) fn set_aside(&mut self, compiled: &Compiled) -> Result<Option<SetAside>, TransactionError> {
        let contract = self.current.address;
        let waits = self.current.running > 0;
        let Some(memory) = self.current.region.own_memory().as_mut().filter(|_| waits) else { return Ok(None) };
        let image = compiled.metadata.own_memory.as_ref().map_or(&[][..], |memory| &memory.image);
        let aside = memory.set_aside(Image(image));
        Ok(Some(aside.map_err(|source| TransactionError::Memory { contract, source })?))
    }

    /// The price of setting aside what a waiting call has, if that is needed.
    pub(super) fn price_of_setting_aside(&mut self, compiled: &Compiled) -> Gas {
        let waits = self.current.running > 0;
        let memory = self.current.region.own_memory().as_ref().filter(|_| waits);
        memory.map_or(Gas(0), |memory| set_aside_price(memory.bytes().len(), compiled.metadata.own_memory_bytes()))
    }

    /// Restores what was set aside.
    pub(super) fn restore_aside(&mut self, aside: Option<SetAside>) -> Result<(), TransactionError> {
        let contract = self.current.address;
        match (aside, self.current.region.own_memory()) {
            (Some(aside), Some(memory)) => {
                memory.restore_aside(aside).map_err(|source| TransactionError::Memory { contract, source })
            }
            _ => Ok(()),
        }
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
