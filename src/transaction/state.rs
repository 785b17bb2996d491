//! What lives as long as one transaction.

use std::mem;
use std::sync::Arc;

use super::error::TransactionError;
use super::events::Events;
use super::journal::{Journal, Mark};
use super::ledger::{Ledger, LedgerMark};
use super::lookup::contract_account;
use super::shared::Shared;
use super::stopwatch::{self, Stopwatch};
use super::tracer::Tracer;
use super::visited::{Handle, Visited};
use crate::limits::{LOG_ENTRY_BYTES, MAX_LOG_BYTES};
use crate::machine::Stop;
use crate::paging::{ContractPages, Pager, PagerKind, PagingError, Region, SharedSnapshot};
use crate::receipt::{Call, Halt, HaltKind, Phase};
use crate::units::Address;

/// One transaction: the moment it runs on, the contracts it has come to, and what it has done so far.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// What it shares with all others.
    pub(super) shared: Arc<Shared<Self>>,
    /// The moment.
    pub(super) snapshot: SharedSnapshot,
    pub(super) kind: PagerKind,
    /// How storage is presented.
    pub(super) pager: &'static dyn Pager,
    /// The contract whose call runs.
    pub(super) here: Handle<Self>,
    /// The other contracts that it has come to.
    pub(super) others: Vec<Handle<Self>>,
    /// All of them in order of first touch.
    pub(super) order: Vec<Address>,
    /// Calls that the running one is inside of.
    pub(super) depth: u32,
    pub(super) journal: Journal,
    /// Accounts that changed.
    pub(super) ledger: Ledger,
    /// What contracts emitted.
    pub(super) events: Events,
    /// Who sent it.
    pub(super) origin: Address,
    /// Given with it.
    pub(super) block_number: u64,
    /// Given with it.
    pub(super) timestamp: u64,
    /// What contracts logged.
    pub(super) logs: Vec<String>,
    log_bytes: usize,
    /// A failure of the host or the store: no contract goes on after it.
    pub(super) failure: Option<Box<Failure>>,
    /// Follows it, if somebody wants to know how it goes.
    pub(super) tracer: Option<Box<Tracer>>,
    /// Runs, if somebody wants to know where the time goes.
    pub(super) stopwatch: Option<Box<Stopwatch>>,
}

/// What ends a whole transaction, whichever call it happens in.
#[derive(Debug)]
pub(super) enum Failure {
    /// A page cannot be presented.
    Halt(Halt),
    /// A call could not be prepared.
    Error(TransactionError),
}

/// A moment inside a transaction: either undone or left behind, once.
#[derive(Debug)]
pub(super) struct Checkpoint {
    storage: Mark,
    ledger: LedgerMark,
    events: usize,
}

impl Transaction {
    /// A transaction that is about to run a contract.
    pub(super) fn new(
        shared: &Arc<Shared<Self>>,
        snapshot: SharedSnapshot,
        call: &Call,
        pager: &'static dyn Pager,
        here: Handle<Self>,
        ledger: Ledger,
    ) -> Self {
        Self {
            shared: shared.clone(),
            snapshot,
            kind: call.pager,
            pager,
            order: vec![here.address],
            here,
            others: Vec::new(),
            depth: 0,
            journal: Journal::default(),
            ledger,
            events: Events::default(),
            origin: call.sender,
            block_number: call.block_number,
            timestamp: call.timestamp,
            logs: Vec::new(),
            log_bytes: 0,
            failure: None,
            tracer: None,
            stopwatch: None,
        }
    }

    /// What went on since the last of these was this.
    pub(super) fn was(&mut self, phase: Phase) {
        stopwatch::was(&mut self.stopwatch, phase);
    }

    /// Brings in what the pager brings in at entry, for the contract at hand.
    pub(super) fn enter(&mut self) -> Result<(), TransactionError> {
        let (pager, budget) = (self.pager, self.shared.pool.budget());
        let contract = self.here.address;
        let (region, source) = self.split();
        pager.enter(region, &source, budget).map_err(|error| TransactionError::paging(contract, error))
    }

    /// The committed pages of the running contract, and the region they are presented in.
    pub(super) fn split(&mut self) -> (&mut Region, ContractPages<'_>) {
        let Visited { region, address, .. } = &mut *self.here;
        (region, ContractPages { snapshot: &*self.snapshot, address })
    }

    /// Goes over to another contract, to run a call of it. Returns what brings back the one at hand.
    pub(super) fn go_to(&mut self, contract: Address) -> Result<Option<usize>, TransactionError> {
        if contract == self.here.address {
            return Ok(None);
        }
        let at = match self.others.iter().position(|visited| visited.address == contract) {
            Some(at) => at,
            None => {
                let account = contract_account(&*self.snapshot, &contract)?;
                let visited = self.shared.visit(&*self.snapshot, contract, account, (self.kind, self.pager))?;
                self.others.push(visited);
                self.order.push(contract);
                let at = self.others.len() - 1;
                mem::swap(&mut self.here, &mut self.others[at]);
                return match self.enter() {
                    Ok(()) => Ok(Some(at)),
                    Err(error) => {
                        self.come_back(Some(at));
                        Err(error)
                    }
                };
            }
        };
        mem::swap(&mut self.here, &mut self.others[at]);
        Ok(Some(at))
    }

    /// Comes back from a contract that was gone to.
    pub(super) fn come_back(&mut self, from: Option<usize>) {
        if let Some(at) = from {
            mem::swap(&mut self.here, &mut self.others[at]);
        }
    }

    /// The present moment.
    pub(super) fn checkpoint(&mut self) -> Result<Checkpoint, PagingError> {
        let contracts = [&self.here].into_iter().chain(&self.others);
        let contracts = contracts.map(|visited| (visited.address, &visited.region));
        let storage = self.journal.mark(self.pager, &*self.snapshot, contracts)?;
        Ok(Checkpoint { storage, ledger: self.ledger.mark(), events: self.events.len() })
    }

    /// Puts everything but logs back to a moment.
    pub(super) fn undo(&mut self, checkpoint: Checkpoint) -> Result<(), PagingError> {
        self.ledger.undo(checkpoint.ledger);
        self.events.truncate(checkpoint.events);
        let contracts = [&mut self.here].into_iter().chain(&mut self.others);
        let contracts = contracts.map(|visited| (visited.address, &mut visited.region));
        self.journal.undo(checkpoint.storage, self.pager, &*self.snapshot, contracts)?;
        if let Some(tracer) = &mut self.tracer {
            let contracts = [&self.here].into_iter().chain(&self.others);
            tracer.note_undo(contracts.map(|visited| (visited.address, &visited.region)));
        }
        Ok(())
    }

    /// Ends the whole transaction: what the store or the host refuses must not become a status that a caller goes on
    /// with.
    #[cold]
    pub(super) fn end_all(&mut self, halt: Halt) -> Stop {
        self.failure.get_or_insert_with(|| Box::new(Failure::Halt(halt.clone())));
        Stop::Halt(Box::new(halt))
    }

    /// An account's balance as the transaction sees it.
    pub(super) fn balance_of(&mut self, address: &Address) -> Result<u64, Stop> {
        let balance = self.ledger.balance(&*self.snapshot, address);
        balance.map_err(|error| self.end_all(Halt { kind: HaltKind::Store, message: error.to_string() }))
    }

    /// Keeps a text for the receipt.
    pub(super) fn keep_log(&mut self, text: &[u8]) -> Result<(), Stop> {
        self.log_bytes += text.len() + LOG_ENTRY_BYTES;
        if self.log_bytes > MAX_LOG_BYTES {
            let message = format!("vellum.log: more than {MAX_LOG_BYTES} bytes of text in one transaction");
            return Err(Stop::halt(HaltKind::Limit, message));
        }
        self.logs.push(String::from_utf8_lossy(text).into_owned());
        Ok(())
    }
}
