//! The three ends of a transaction: it is committed, handed over to the next call of its block, or undone.

use super::error::TransactionError;
use super::execute::SettledTransaction;
use super::settle::page_writes;
use super::state::Transaction;
use super::stopwatch::{Stopwatch, lap};
use super::visit::{Handle, Visit};
use crate::paging::{Access, ContractPages, Pager, PagerKind};
use crate::receipt::{ContractFrames, Phase, Receipt, Trace, encode_events, encode_receipt};
use crate::store::{Batch, ContractChange, Overlay};
use crate::units::{Address, CommitNumber, PageIndex, Version};

impl SettledTransaction {
    /// Commits the effects in one write of the store, and returns the regions to the pool.
    pub(crate) fn commit(self) -> Result<(Receipt, Option<Box<Trace>>), TransactionError> {
        let Self { transaction, effects, mut receipt, mut trace, sender } = self;
        let Transaction {
            shared,
            snapshot,
            current,
            other_contracts,
            order,
            pager,
            kind,
            mut ledger,
            mut stopwatch,
            ..
        } = *transaction.into_inner();
        let visits = in_order(current, other_contracts, &order);
        let commit = CommitNumber(snapshot.head()?.0 + 1);
        receipt.commit = Some(commit);
        ledger.change(&*snapshot, sender)?.nonce += 1;
        let mut states = Vec::with_capacity(visits.len());
        let mut contracts = Vec::new();
        let mut trees = Vec::with_capacity(visits.len());
        for (visit, (address, effects)) in visits.iter().zip(effects) {
            trees.push(effects.page_trees);
            let mut state = (visit.account.state, visit.account.version);
            if !effects.pages.is_empty() {
                let account = ledger.change(&*snapshot, address)?;
                state = (effects.state, Version(account.version.0 + 1));
                (account.state, account.version) = state;
                contracts.push(ContractChange {
                    address,
                    before: visit.account.state,
                    after: effects.state,
                    pages: page_writes(&visit.region, &effects.pages),
                    tree: effects.tree,
                });
            }
            states.push(state);
        }
        // A memory store would copy every account and page that a snapshot still shares.
        drop(snapshot);
        shared.store.commit(&Batch {
            commit: Some(commit),
            accounts: ledger.into_changes(),
            contracts,
            events: encode_events(&receipt.events),
            receipt: Some(encode_receipt(&receipt)),
            ..Batch::default()
        })?;
        lap(&mut stopwatch, Phase::Commit);
        for ((mut visit, (state, version)), trees) in visits.into_iter().zip(states).zip(trees) {
            // The commit has succeeded. A region that the host fails to clean is dropped.
            let kept = pager.keep(&mut visit.region, state).is_ok();
            trace_frames(&mut trace, kind, pager, &mut visit);
            if kept {
                visit.version = version;
                trees.into_iter().for_each(|(page, tree)| visit.page_trees.put(page, tree));
                shared.pool.put(kind, visit);
            }
        }
        Ok((receipt, with_times(trace, stopwatch)))
    }

    /// Keeps the effects in the regions, and returns them as the overlay that the next call of the block runs on.
    pub(crate) fn hand_over(self) -> Result<(Receipt, Overlay), TransactionError> {
        let Self { transaction, effects, receipt, sender, .. } = self;
        let Transaction { shared, snapshot, current, other_contracts, order, pager, kind, mut ledger, .. } =
            *transaction.into_inner();
        ledger.change(&*snapshot, sender)?.nonce += 1;
        let mut overlay = Overlay::default();
        let visits = in_order(current, other_contracts, &order);
        for (visit, (address, effects)) in visits.iter().zip(&effects) {
            if effects.pages.is_empty() {
                continue;
            }
            let account = ledger.change(&*snapshot, *address)?;
            account.state = effects.state;
            let copy = |page: &PageIndex| ((*address, *page), Box::new(*visit.region.page(*page)));
            overlay.pages.extend(effects.pages.iter().map(copy));
        }
        for (mut visit, (_, effects)) in visits.into_iter().zip(effects) {
            trace_frames(&mut None, kind, pager, &mut visit);
            let changed = effects.pages.iter().zip(&effects.chunks);
            changed.for_each(|(page, chunks)| visit.page_trees.forget(*page, *chunks));
            if pager.keep(&mut visit.region, effects.state).is_ok() {
                visit.version = visit.account.version;
                shared.pool.put(kind, visit);
            }
        }
        overlay.accounts.extend(ledger.into_changes().into_iter().map(|(address, _, after)| (address, after)));
        Ok((receipt, overlay))
    }

    /// Undoes the effects, and returns the clean regions to the pool.
    pub(crate) fn undo(self) -> Result<(Receipt, Option<Box<Trace>>), TransactionError> {
        let Self { transaction, effects, receipt, mut trace, .. } = self;
        let Transaction { shared, snapshot, current, other_contracts, order, pager, kind, stopwatch, .. } =
            *transaction.into_inner();
        let mut effects = effects.into_iter();
        for mut visit in in_order(current, other_contracts, &order) {
            let address = visit.address;
            if let Some((_, effects)) = effects.next() {
                for (page, tree) in effects.page_trees {
                    if let Ok(at) = effects.pages.binary_search(&page) {
                        visit.page_trees.learn(page, tree, effects.chunks[at]);
                    }
                }
            }
            let source = ContractPages { snapshot: &*snapshot, address: &address };
            let undone = pager.undo(&mut visit.region, &source);
            undone.map_err(|error| TransactionError::paging(address, error))?;
            trace_frames(&mut trace, kind, pager, &mut visit);
            // The pool keeps regions of the newest moment only: past moments are seldom read twice.
            if !snapshot.is_past() {
                shared.pool.put(kind, visit);
            }
        }
        Ok((receipt, with_times(trace, stopwatch)))
    }
}

/// The visited contracts, in order of their first visit.
fn in_order(
    current: Handle<Transaction>,
    other_contracts: Vec<Handle<Transaction>>,
    order: &[Address],
) -> Vec<Handle<Transaction>> {
    let mut contracts = other_contracts;
    contracts.push(current);
    contracts.sort_by_key(|visit| order.iter().position(|address| *address == visit.address));
    contracts
}

/// Adds the paging statistics of a contract to the trace, and resets them.
fn trace_frames(trace: &mut Option<Box<Trace>>, kind: PagerKind, pager: &dyn Pager, visit: &mut Visit<Transaction>) {
    let statistics = visit.region.take_statistics();
    let Some(trace) = trace else { return };
    let (read, written) = visit.pages_touched();
    trace.frames.push(ContractFrames {
        contract: visit.address,
        pager: kind,
        statistics,
        pages_read: pager.knows(Access::Read).then_some(read),
        pages_written: pager.knows(Access::Write).then_some(written),
        pages_compared: visit.compared.take(),
    });
}

/// Takes the last lap, and adds the phases to the trace.
fn with_times(mut trace: Option<Box<Trace>>, mut stopwatch: Option<Box<Stopwatch>>) -> Option<Box<Trace>> {
    lap(&mut stopwatch, Phase::Receipt);
    if let Some(trace) = &mut trace {
        trace.split = stopwatch.map(|stopwatch| stopwatch.split());
    }
    trace
}
