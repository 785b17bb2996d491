//! Settling a transaction: its effects, their price, and the receipt.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::TransactionError;
use super::page_trees::{AT_ONCE, Hashed};
use super::state::Transaction;
use super::stopwatch::{Stopwatch, lap};
use super::visit::Visit;
use crate::limits::MAX_CHANGED_PAGES;
use crate::machine::{CHANGED_PAGE, CallEnd, CallResult};
use crate::paging::{ContractPages, Pager, Region};
use crate::receipt::{Halt, HaltKind, Phase, Receipt, Status, TouchedContract};
use crate::store::{ChunkSet, PageTree, PageWrite, Snapshot, TreeUpdate};
use crate::units::{Address, Gas, PAGE_SIZE, PageIndex, StateRoot};

/// The changes of a transaction to the storage of one contract.
#[derive(Debug)]
pub(super) struct Effects {
    /// The changed pages, ascending.
    pub(super) pages: Vec<PageIndex>,
    /// The changed chunks of each.
    pub(super) chunks: Vec<ChunkSet>,
    /// The page trees that are worth keeping, in ascending order of their pages; empty in a block.
    pub(super) page_trees: Vec<(PageIndex, PageTree)>,
    /// The state root after the transaction; in a block a temporary name.
    pub(super) state: StateRoot,
    /// The new nodes of the state tree; none in a block.
    pub(super) tree: TreeUpdate,
}

/// How a transaction is settled.
#[derive(Debug, Clone, Copy)]
struct SettleOptions {
    /// Keep the list of compared pages for the trace.
    traced: bool,
    /// Give states temporary names instead of computing their state roots.
    in_block: bool,
}

impl Effects {
    /// No change.
    fn none(state: StateRoot) -> Self {
        Self { pages: Vec::new(), chunks: Vec::new(), page_trees: Vec::new(), state, tree: TreeUpdate::default() }
    }

    /// Compares every dirty page of a contract with its committed bytes, and computes the state root. In a block the state
    /// gets a temporary name instead of a root.
    fn of(
        visit: &mut Visit<Transaction>,
        pager: &dyn Pager,
        snapshot: &dyn Snapshot,
        options: SettleOptions,
        stopwatch: &mut Option<Box<Stopwatch>>,
    ) -> Result<Self, TransactionError> {
        let Visit { address, account, region, page_trees, compared, .. } = visit;
        let (contract, before) = (*address, account.state);
        let source = ContractPages { snapshot, address: &contract };
        let written = pager.written(region, &source).map_err(|error| TransactionError::paging(contract, error))?;
        region.count_compared(written.len());
        *compared = options.traced.then(|| written.clone());
        if written.is_empty() {
            lap(stopwatch, Phase::Diff);
            return Ok(Self::none(before));
        }
        let (mut pages, mut chunks, mut hashed) = (Vec::new(), Vec::new(), Hashed::default());
        let mut base = [0; PAGE_SIZE];
        // A few pages at a time are compared and hashed, while the processor's cache holds them.
        for written in written.chunks(AT_ONCE) {
            let first = pages.len();
            for &page in written {
                snapshot.read_page(&contract, page, &mut base)?;
                let changed = ChunkSet::between(&base, region.page(page));
                if changed != ChunkSet::default() {
                    pages.push(page);
                    chunks.push(changed);
                }
            }
            lap(stopwatch, Phase::Diff);
            if !options.in_block && pages.len() > first {
                page_trees.hash(&contract, &page_writes(region, &pages[first..]), &chunks[first..], &mut hashed);
                lap(stopwatch, Phase::Hashing);
            }
        }
        region.retain_written(|page| pages.binary_search(&page).is_ok());
        lap(stopwatch, Phase::Diff);
        if pages.is_empty() {
            return Ok(Self::none(before));
        }
        if options.in_block {
            return Ok(Self { pages, chunks, ..Self::none(temporary_name()) });
        }
        let Hashed { leaves, trees } = hashed;
        let tree = snapshot.tree_after(&contract, TreeUpdate::default(), &leaves)?;
        lap(stopwatch, Phase::Hashing);
        Ok(Self { pages, chunks, page_trees: trees, state: tree.root(), tree })
    }
}

/// The writes of changed pages, with their bytes in the region.
pub(super) fn page_writes<'a>(region: &'a Region, pages: &[PageIndex]) -> Vec<PageWrite<'a>> {
    pages.iter().map(|&page| PageWrite { page, bytes: region.page(page) }).collect()
}

/// Settles a transaction that has ended. Returns its effects on each contract, in order of first visit, and its receipt
/// without a commit number. There are no effects unless the call returned and can pay for the changed pages.
pub(super) fn settle(
    transaction: &mut Transaction,
    result: CallResult,
    gas: Gas,
    in_block: bool,
) -> Result<(Vec<(Address, Effects)>, Receipt), TransactionError> {
    let mut effects: Vec<(Address, Effects)> = Vec::new();
    let mut results = Vec::new();
    let mut gas_left = result.gas_left;
    let status = match result.end {
        CallEnd::Returned(values) => {
            let computed = compute_effects(transaction, in_block)?;
            let pages: usize = computed.iter().map(|(_, effects)| effects.pages.len()).sum();
            match gas_left.0.checked_sub(pages as u64 * CHANGED_PAGE.0) {
                _ if pages > MAX_CHANGED_PAGES => Status::Halted(transaction.too_many_pages()),
                Some(remaining) => {
                    gas_left = Gas(remaining);
                    effects = computed;
                    results = values;
                    Status::Returned
                }
                None => Status::Halted(out_of_gas(pages, CHANGED_PAGE)),
            }
        }
        CallEnd::Reverted => Status::Reverted,
        CallEnd::Halted(halt) => Status::Halted(halt),
    };
    let (output, gas_used) = match status {
        Status::Halted(_) => (Vec::new(), gas),
        _ => (result.output, Gas(gas.0 - gas_left.0)),
    };
    let contracts = touched_contracts(transaction, &effects, in_block);
    let events = mem::take(&mut transaction.events).into_vec();
    let events = if status == Status::Returned { events } else { Vec::new() };
    let logs = mem::take(&mut transaction.logs);
    Ok((effects, Receipt { status, commit: None, results, output, gas_used, contracts, events, logs }))
}

/// The halt of a call that cannot pay for the pages that it changed.
#[cold]
pub(super) fn out_of_gas(pages: usize, price: Gas) -> Halt {
    let message = format!("the gas left does not suffice for {pages} changed pages at {price} each");
    Halt { kind: HaltKind::OutOfGas, message }
}

/// Computes the effects on every visited contract.
fn compute_effects(transaction: &mut Transaction, in_block: bool) -> Result<Vec<(Address, Effects)>, TransactionError> {
    let Transaction { current, other_contracts, order, pager, snapshot, tracer, stopwatch, .. } = transaction;
    let options = SettleOptions { traced: tracer.is_some(), in_block };
    let mut effects = Vec::with_capacity(order.len());
    for address in order {
        let mut visits = [&mut *current].into_iter().chain(&mut *other_contracts);
        let visit = visits.find(|visit| visit.address == *address);
        if let Some(visit) = visit {
            let contract_effects = Effects::of(visit, *pager, &**snapshot, options, stopwatch)?;
            effects.push((*address, contract_effects));
        }
    }
    Ok(effects)
}

/// The entries of the receipt for the visited contracts.
fn touched_contracts(
    transaction: &Transaction,
    effects: &[(Address, Effects)],
    in_block: bool,
) -> Vec<TouchedContract> {
    let Transaction { current, other_contracts, order, .. } = transaction;
    let mut contracts = Vec::with_capacity(order.len());
    for address in order {
        let mut visits = [current].into_iter().chain(other_contracts);
        let Some(visit) = visits.find(|visit| visit.address == *address) else { continue };
        let effects = effects.iter().find(|(contract, _)| contract == address).map(|(_, effects)| effects);
        let pages_changed = effects.map_or(0, |effects| effects.pages.len() as u32);
        let before = visit.account.state;
        let mut version = visit.account.version;
        version.0 += u64::from(pages_changed > 0);
        contracts.push(TouchedContract {
            address: *address,
            state_before: (!in_block).then_some(before),
            state_after: (!in_block).then(|| effects.map_or(before, |effects| effects.state)),
            version,
            pages_changed,
        });
    }
    contracts
}

/// Returns a temporary name for a state between two calls of a block. Within a process this function never returns a name twice.
fn temporary_name() -> StateRoot {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = [0xff; 32];
    name[24..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    StateRoot(name)
}
