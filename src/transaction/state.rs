//! The state of one transaction.

use std::mem;
use std::sync::Arc;

use super::allowance::{Allowance, CallMemory};
use super::error::TransactionError;
use super::events::Events;
use super::journal::Journal;
use super::ledger::{Ledger, LedgerMark};
use super::lookup::contract_account;
use super::shared::Shared;
use super::stopwatch::{self, Stopwatch};
use super::storage::Storage;
use super::tracer::Tracer;
use super::visit::{Handle, Visit};
use crate::machine::Stop;
use crate::paging::{ContractPages, Pager, PagerKind, PagingError, Region, SharedSnapshot};
use crate::receipt::{Call, Halt, HaltKind, Phase};
use crate::units::Address;

/// A transaction: the snapshot that it runs on, the contracts that it has visited, and its effects so far.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// Shared with the other transactions of the VM.
    pub(super) shared: Arc<Shared<Self>>,
    pub(super) snapshot: SharedSnapshot,
    pub(super) kind: PagerKind,
    /// The pager of this kind.
    pub(super) pager: &'static dyn Pager,
    /// The contract whose call runs.
    pub(super) current: Handle<Self>,
    /// The other visited contracts.
    pub(super) other_contracts: Vec<Handle<Self>>,
    /// All visited contracts, in order of first visit.
    pub(super) order: Vec<Address>,
    /// The number of calls in which the running call is nested.
    pub(super) depth: u32,
    pub(super) journal: Journal,
    /// The changed accounts.
    pub(super) ledger: Ledger,
    /// The emitted events.
    pub(super) events: Events,
    /// The sender.
    pub(super) origin: Address,
    /// As given with the transaction.
    pub(super) block_number: u64,
    /// As given with the transaction.
    pub(super) timestamp: u64,
    /// The log texts.
    pub(super) logs: Vec<String>,
    pub(super) log_bytes: usize,
    /// What the running call may use of the transaction's limits.
    pub(super) allowance: Allowance,
    /// The memory of the running calls.
    pub(super) memory: CallMemory,
    /// Bytes of the code of all visited contracts.
    pub(super) code_bytes: usize,
    /// Number of frames that were loaded at page faults since clean ones were evicted.
    pub(super) frames_loaded: u32,
    /// Bytes of the machines that have become idle in the transaction.
    pub(super) idle_machine_bytes: usize,
    /// The first failure of the host or the store. It aborts the transaction.
    pub(super) failure: Option<Box<Failure>>,
    /// Present if calls are traced.
    pub(super) tracer: Option<Box<Tracer>>,
    /// Present if phases are timed.
    pub(super) stopwatch: Option<Box<Stopwatch>>,
}

/// A failure that aborts the whole transaction, in whichever call it happens.
#[derive(Debug)]
pub(super) enum Failure {
    /// A page or a balance could not be provided.
    Halt(Halt),
    /// A call could not be prepared or run.
    Error(TransactionError),
}

/// A point of a transaction to which a failed nested call is undone. It is consumed by the undo, or by keeping what the call did. The
/// journal has the part for storage.
#[derive(Debug)]
pub(super) struct Checkpoint {
    ledger: LedgerMark,
    events: usize,
}

impl Transaction {
    /// A transaction that has run no code yet.
    pub(super) fn new(
        shared: &Arc<Shared<Self>>,
        snapshot: SharedSnapshot,
        call: &Call,
        pager: &'static dyn Pager,
        current: Handle<Self>,
        ledger: Ledger,
    ) -> Self {
        Self {
            shared: shared.clone(),
            snapshot,
            kind: call.pager,
            pager,
            order: vec![current.address],
            current,
            other_contracts: Vec::new(),
            depth: 0,
            journal: Journal::new(pager),
            ledger,
            events: Events::default(),
            origin: call.sender,
            block_number: call.block_number,
            timestamp: call.timestamp,
            logs: Vec::new(),
            log_bytes: 0,
            allowance: Allowance::TRANSACTION,
            memory: CallMemory::default(),
            code_bytes: 0,
            frames_loaded: 0,
            idle_machine_bytes: 0,
            failure: None,
            tracer: None,
            stopwatch: None,
        }
    }

    /// Adds the time since the last lap to a phase, if phases are timed.
    pub(super) fn lap(&mut self, phase: Phase) {
        stopwatch::lap(&mut self.stopwatch, phase);
    }

    /// Lets the pager prepare the region of the current contract, which the transaction visits for the first time.
    pub(super) fn enter(&mut self) -> Result<(), TransactionError> {
        let (pager, budget) = (self.pager, self.shared.pool.budget());
        let contract = self.current.address;
        let (region, source) = self.split();
        pager.enter(region, &source, budget).map_err(|error| TransactionError::paging(contract, error))
    }

    /// The region of the current contract, and the source of its committed pages.
    pub(super) fn split(&mut self) -> (&mut Region, ContractPages<'_>) {
        let Visit { region, address, .. } = &mut *self.current;
        (region, ContractPages { snapshot: &*self.snapshot, address })
    }

    /// Makes another contract the current one, to run a call of it. Returns the argument for [`switch_back`](Self::switch_back).
    pub(super) fn switch_to(&mut self, contract: Address) -> Result<Option<usize>, TransactionError> {
        if contract == self.current.address {
            return Ok(None);
        }
        let at = match self.other_contracts.iter().position(|visit| visit.address == contract) {
            Some(at) => at,
            None => {
                let (account, code) = contract_account(&*self.snapshot, &contract)?;
                let visit = |transaction: &Self| {
                    let Self { shared, snapshot, kind, pager, .. } = transaction;
                    shared.visit(&**snapshot, contract, account.clone(), code, *kind, *pager)
                };
                let visit = match visit(self) {
                    Err(TransactionError::Memory { .. }) if self.drop_idle_machines() => visit(self),
                    visited => visited,
                }?;
                self.other_contracts.push(visit);
                self.order.push(contract);
                let at = self.other_contracts.len() - 1;
                mem::swap(&mut self.current, &mut self.other_contracts[at]);
                return match self.enter() {
                    Ok(()) => Ok(Some(at)),
                    Err(error) => {
                        self.switch_back(Some(at));
                        Err(error)
                    }
                };
            }
        };
        mem::swap(&mut self.current, &mut self.other_contracts[at]);
        Ok(Some(at))
    }

    /// Makes the contract before a [`switch_to`](Self::switch_to) the current one again.
    pub(super) fn switch_back(&mut self, from: Option<usize>) {
        if let Some(at) = from {
            mem::swap(&mut self.current, &mut self.other_contracts[at]);
        }
    }

    /// Takes a checkpoint, and begins a nested call in the journal.
    pub(super) fn checkpoint(&mut self) -> Result<Checkpoint, PagingError> {
        let (journal, storage) = self.journal();
        journal.begin(storage)?;
        Ok(Checkpoint { ledger: self.ledger.mark(), events: self.events.len() })
    }

    /// Keeps what the innermost call did since its checkpoint.
    pub(super) fn keep(&mut self, _checkpoint: Checkpoint) {
        self.journal.keep();
    }

    /// Undoes storage, balances and events to a checkpoint. Log texts stay.
    pub(super) fn undo(&mut self, checkpoint: Checkpoint) -> Result<(), PagingError> {
        self.ledger.undo(checkpoint.ledger);
        self.events.truncate(checkpoint.events);
        let (journal, storage) = self.journal();
        journal.undo(&mut storage())?;
        if let Some(tracer) = &mut self.tracer {
            let contracts = [&self.current].into_iter().chain(&self.other_contracts);
            tracer.record_undo(contracts.map(|visit| (visit.address, &visit.region)));
        }
        Ok(())
    }

    /// The journal, and the storage that it works on.
    pub(super) fn journal<'a>(&'a mut self) -> (&'a mut Journal, impl FnOnce() -> Storage<'a>) {
        let Self { journal, current, other_contracts, pager, snapshot, .. } = self;
        let storage = || Storage {
            pager: *pager,
            snapshot: &**snapshot,
            regions: [current]
                .into_iter()
                .chain(other_contracts)
                .map(|visit| (visit.address, &mut visit.region))
                .collect(),
        };
        (journal, storage)
    }

    /// Aborts the whole transaction. A failure of the store or the host must not become a status on which a caller continues.
    #[cold]
    pub(super) fn abort(&mut self, halt: Halt) -> Stop {
        self.failure.get_or_insert_with(|| Box::new(Failure::Halt(halt.clone())));
        Stop::Halt(Box::new(halt))
    }

    /// The balance at an address, including the changes of the transaction.
    pub(super) fn balance_of(&mut self, address: &Address) -> Result<u64, Stop> {
        let balance = self.ledger.balance(&*self.snapshot, address);
        balance.map_err(|error| self.abort(Halt { kind: HaltKind::Store, message: error.to_string() }))
    }
}
