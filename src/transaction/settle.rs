//! The end of a transaction: what changed, what it costs, what it leaves.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::TransactionError;
use super::state::Transaction;
use super::stopwatch::{Stopwatch, was};
use super::visited::Visited;
use crate::machine::{CHANGED_PAGE, Ended, How};
use crate::paging::{ContractPages, Pager, Region};
use crate::receipt::{Halt, HaltKind, Phase, Receipt, Status, TouchedContract};
use crate::store::{PageWrite, Run, Snapshot, TreeUpdate, runs_between};
use crate::units::{Address, Gas, PAGE_SIZE, PageIndex, StateRoot};

/// What a transaction changed in its contract's storage.
#[derive(Debug)]
pub(super) struct Effects {
    /// The pages whose bytes differ, ascending.
    pub(super) pages: Vec<(PageIndex, Vec<Run>)>,
    /// State after.
    pub(super) state: StateRoot,
    /// The tree's new nodes.
    pub(super) tree: TreeUpdate,
}

impl Effects {
    /// No change.
    fn none(state: StateRoot) -> Self {
        Self { pages: Vec::new(), state, tree: TreeUpdate::default() }
    }

    /// Compares every page of a contract that may differ with its committed bytes, and works out the state root; in a
    /// block, only names the state.
    fn of(
        visited: &mut Visited<Transaction>,
        pager: &dyn Pager,
        snapshot: &dyn Snapshot,
        (traced, in_block): (bool, bool),
        stopwatch: &mut Option<Box<Stopwatch>>,
    ) -> Result<Self, TransactionError> {
        let Visited { address, account, region, compared, .. } = visited;
        let (contract, before) = (*address, account.state);
        let source = ContractPages { snapshot, address: &contract };
        let written = pager.written(region, &source).map_err(|error| TransactionError::paging(contract, error))?;
        region.count_compared(written.len());
        *compared = traced.then(|| written.clone());
        if written.is_empty() {
            was(stopwatch, Phase::Diff);
            return Ok(Self::none(before));
        }
        let mut pages = Vec::new();
        let mut base = [0; PAGE_SIZE];
        for page in written {
            snapshot.read_page(&contract, page, &mut base)?;
            let runs = runs_between(&base, region.page(page));
            if !runs.is_empty() {
                pages.push((page, runs));
            }
        }
        region.retain_written(|page| pages.binary_search_by_key(&page, |(changed, _)| *changed).is_ok());
        was(stopwatch, Phase::Diff);
        if pages.is_empty() {
            return Ok(Self::none(before));
        }
        if in_block {
            return Ok(Self { pages, state: name_of_state(), tree: TreeUpdate::default() });
        }
        let writes = page_writes(region, pages);
        let (state, tree) = snapshot.state_after(&contract, &writes)?;
        was(stopwatch, Phase::Hashing);
        let pages = writes.into_iter().map(|write| (write.page, write.runs)).collect();
        Ok(Self { pages, state, tree })
    }
}

/// Changed pages, with the bytes that the region holds now.
pub(super) fn page_writes(region: &Region, pages: Vec<(PageIndex, Vec<Run>)>) -> Vec<PageWrite<'_>> {
    let write = |(page, runs)| PageWrite { page, bytes: region.page(page), runs };
    pages.into_iter().map(write).collect()
}

/// Works out what a transaction that has ended leaves: the effects on each contract in order of first touch, none unless
/// it returned and could pay for them, and its receipt, as yet without a commit.
pub(super) fn settle(
    transaction: &mut Transaction,
    ended: Ended,
    gas: Gas,
    in_block: bool,
) -> Result<(Vec<(Address, Effects)>, Receipt), TransactionError> {
    let mut all: Vec<(Address, Effects)> = Vec::new();
    let mut results = Vec::new();
    let mut gas_left = ended.gas_left;
    let status = match ended.how {
        How::Returned(values) => {
            let found = effects(transaction, in_block)?;
            let pages: usize = found.iter().map(|(_, effects)| effects.pages.len()).sum();
            match gas_left.0.checked_sub(pages as u64 * CHANGED_PAGE.0) {
                Some(left) => {
                    gas_left = Gas(left);
                    all = found;
                    results = values;
                    Status::Returned
                }
                None => Status::Halted(out_of_gas(pages)),
            }
        }
        How::Reverted => Status::Reverted,
        How::Halted(halt) => Status::Halted(halt),
    };
    let (output, gas_used) = match status {
        Status::Halted(_) => (Vec::new(), gas),
        _ => (ended.output, Gas(gas.0 - gas_left.0)),
    };
    let contracts = touched(transaction, &all, in_block);
    let events = mem::take(&mut transaction.events).into_vec();
    let events = if status == Status::Returned { events } else { Vec::new() };
    let logs = mem::take(&mut transaction.logs);
    Ok((all, Receipt { status, commit: None, results, output, gas_used, contracts, events, logs }))
}

/// The gas did not suffice for the pages that the call changed.
#[cold]
fn out_of_gas(pages: usize) -> Halt {
    let message = format!("the gas left does not suffice for {pages} changed pages at {CHANGED_PAGE} each");
    Halt { kind: HaltKind::OutOfGas, message }
}

fn effects(transaction: &mut Transaction, in_block: bool) -> Result<Vec<(Address, Effects)>, TransactionError> {
    let Transaction { here, others, order, pager, snapshot, tracer, stopwatch, .. } = transaction;
    let mut all = Vec::with_capacity(order.len());
    for address in order {
        let visited = [&mut *here].into_iter().chain(&mut *others).find(|visited| visited.address == *address);
        if let Some(visited) = visited {
            let effects = Effects::of(visited, *pager, &**snapshot, (tracer.is_some(), in_block), stopwatch)?;
            all.push((*address, effects));
        }
    }
    Ok(all)
}

/// What the receipt says of each contract.
fn touched(transaction: &Transaction, effects: &[(Address, Effects)], in_block: bool) -> Vec<TouchedContract> {
    let Transaction { here, others, order, .. } = transaction;
    let mut contracts = Vec::with_capacity(order.len());
    for address in order {
        let visited = [here].into_iter().chain(others).find(|visited| visited.address == *address);
        let Some(visited) = visited else { continue };
        let effects = effects.iter().find(|(contract, _)| contract == address).map(|(_, effects)| effects);
        let pages_changed = effects.map_or(0, |effects| effects.pages.len() as u32);
        let before = visited.account.state;
        let mut version = visited.account.version;
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

/// A name for a state between two calls of a block, never used twice in this process.
fn name_of_state() -> StateRoot {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = [0xff; 32];
    name[24..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    StateRoot(name)
}
