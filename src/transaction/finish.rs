//! The three ends of a transaction: a commit, what it leaves to the calls of its block, or nothing.

use super::error::TransactionError;
use super::execute::Settled;
use super::settle::page_writes;
use super::state::Transaction;
use super::stopwatch::{Stopwatch, was};
use super::visited::{Handle, Visited};
use crate::paging::{Access, ContractPages, Pager, PagerKind};
use crate::receipt::{ContractFrames, Phase, Receipt, Trace, encode_events, encode_receipt};
use crate::store::{Batch, ContractChange, Overlay};
use crate::units::{Address, CommitNumber, PageIndex, Version};

impl Settled {
    /// Writes everything in one step, and keeps what is now committed.
    pub(crate) fn commit(self) -> Result<(Receipt, Option<Box<Trace>>), TransactionError> {
        let Self { transaction, effects, mut receipt, mut trace, sender } = self;
        let Transaction { shared, snapshot, here, others, order, pager, kind, mut ledger, mut stopwatch, .. } =
            *transaction.into_inner();
        let visited = in_order(here, others, &order);
        let commit = CommitNumber(snapshot.head()?.0 + 1);
        receipt.commit = Some(commit);
        ledger.change(&*snapshot, sender)?.nonce += 1;
        let mut states = Vec::with_capacity(visited.len());
        let mut contracts = Vec::new();
        let mut trees = Vec::with_capacity(visited.len());
        for (visited, (address, effects)) in visited.iter().zip(effects) {
            trees.push(effects.page_trees);
            let mut state = (visited.account.state, visited.account.version);
            if !effects.pages.is_empty() {
                let account = ledger.change(&*snapshot, address)?;
                state = (effects.state, Version(account.version.0 + 1));
                (account.state, account.version) = state;
                contracts.push(ContractChange {
                    address,
                    before: visited.account.state,
                    after: effects.state,
                    pages: page_writes(&visited.region, effects.pages),
                    tree: effects.tree,
                });
            }
            states.push(state);
        }
        // A store in memory would copy what the snapshot still holds.
        drop(snapshot);
        shared.store.commit(&Batch {
            commit: Some(commit),
            accounts: ledger.into_changes(),
            contracts,
            events: encode_events(&receipt.events),
            receipt: Some(encode_receipt(&receipt)),
            ..Batch::default()
        })?;
        was(&mut stopwatch, Phase::Commit);
        for ((mut visited, (state, version)), trees) in visited.into_iter().zip(states).zip(trees) {
            // It is committed; a region that the host will not clean is not kept.
            let kept = pager.keep(&mut visited.region, state).is_ok();
            tell(&mut trace, kind, pager, &mut visited);
            if kept {
                visited.version = version;
                trees.into_iter().for_each(|(page, tree)| visited.page_trees.put(page, tree));
                shared.pool.put(kind, visited);
            }
        }
        Ok((receipt, with_times(trace, stopwatch)))
    }

    /// Keeps what a call of a block did in its regions, and says what it leaves to those after it.
    pub(crate) fn leave(self) -> Result<(Receipt, Overlay), TransactionError> {
        let Self { transaction, effects, receipt, sender, .. } = self;
        let Transaction { shared, snapshot, here, others, order, pager, kind, mut ledger, .. } =
            *transaction.into_inner();
        ledger.change(&*snapshot, sender)?.nonce += 1;
        let mut left = Overlay::default();
        let visited = in_order(here, others, &order);
        for (visited, (address, effects)) in visited.iter().zip(&effects) {
            if effects.pages.is_empty() {
                continue;
            }
            let account = ledger.change(&*snapshot, *address)?;
            account.state = effects.state;
            let copy = |(page, _): &(PageIndex, _)| ((*address, *page), Box::new(*visited.region.page(*page)));
            left.pages.extend(effects.pages.iter().map(copy));
        }
        for (mut visited, (_, effects)) in visited.into_iter().zip(effects) {
            tell(&mut None, kind, pager, &mut visited);
            effects.pages.iter().for_each(|(page, runs)| visited.page_trees.forget(*page, runs));
            if pager.keep(&mut visited.region, effects.state).is_ok() {
                visited.version = visited.account.version;
                shared.pool.put(kind, visited);
            }
        }
        left.accounts.extend(ledger.into_changes().into_iter().map(|(address, _, after)| (address, after)));
        Ok((receipt, left))
    }

    /// Puts every contract back as it was, and keeps them.
    pub(crate) fn undo(self) -> Result<(Receipt, Option<Box<Trace>>), TransactionError> {
        let Self { transaction, effects, receipt, mut trace, .. } = self;
        let Transaction { shared, snapshot, here, others, order, pager, kind, stopwatch, .. } =
            *transaction.into_inner();
        let mut effects = effects.into_iter();
        for mut visited in in_order(here, others, &order) {
            let address = visited.address;
            if let Some((_, effects)) = effects.next() {
                for (page, tree) in effects.page_trees {
                    if let Ok(at) = effects.pages.binary_search_by_key(&page, |(page, _)| *page) {
                        visited.page_trees.learn(page, tree, &effects.pages[at].1);
                    }
                }
            }
            let source = ContractPages { snapshot: &*snapshot, address: &address };
            let undone = pager.undo(&mut visited.region, &source);
            undone.map_err(|error| TransactionError::paging(address, error))?;
            tell(&mut trace, kind, pager, &mut visited);
            // The past is seldom asked for twice; what is kept is for the newest moment.
            if !snapshot.is_past() {
                shared.pool.put(kind, visited);
            }
        }
        Ok((receipt, with_times(trace, stopwatch)))
    }
}

/// The contracts of a transaction in order of first touch.
fn in_order(
    here: Handle<Transaction>,
    others: Vec<Handle<Transaction>>,
    order: &[Address],
) -> Vec<Handle<Transaction>> {
    let mut all = others;
    all.push(here);
    all.sort_by_key(|visited| order.iter().position(|address| *address == visited.address));
    all
}

/// Tells what presenting a contract's pages took, and begins to count anew.
fn tell(trace: &mut Option<Box<Trace>>, kind: PagerKind, pager: &dyn Pager, visited: &mut Visited<Transaction>) {
    let statistics = visited.region.take_statistics();
    let Some(trace) = trace else { return };
    let (read, written) = visited.pages_touched();
    trace.frames.push(ContractFrames {
        contract: visited.address,
        pager: kind,
        statistics,
        pages_read: pager.knows(Access::Read).then_some(read),
        pages_written: pager.knows(Access::Write).then_some(written),
        pages_compared: visited.compared.take(),
    });
}

fn with_times(mut trace: Option<Box<Trace>>, mut stopwatch: Option<Box<Stopwatch>>) -> Option<Box<Trace>> {
    was(&mut stopwatch, Phase::Receipt);
    if let Some(trace) = &mut trace {
        trace.split = stopwatch.map(|stopwatch| stopwatch.split());
    }
    trace
}
