//! The end of a transaction: what changed, what it costs, what it leaves.

use std::mem;

use super::block::name_of_state;
use super::error::Error;
use super::gas::CHANGED_PAGE;
use super::machine::{Ended, How};
use super::receipt::{Halt, Receipt, Status, TouchedContract};
use super::split::{Phase, Stopwatch, was};
use super::transaction::Transaction;
use super::visited::Visited;
use super::wrong::{self, Wrong};
use crate::paging::{Access, ContractPages, Pager, Region};
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
        visited: &mut Visited,
        pager: &dyn Pager,
        snapshot: &dyn Snapshot,
        (traced, in_block): (bool, bool),
        stopwatch: &mut Option<Box<Stopwatch>>,
    ) -> Result<Self, Error> {
        let Visited { address, account, region, compared, .. } = visited;
        let (contract, before) = (*address, account.state);
        let source = ContractPages { snapshot, address: &contract };
        let written = pager.written(region, &source).map_err(|error| Error::paging(contract, error))?;
        region.count_compared(written.len());
        *compared = traced.then(|| written.clone());
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
) -> Result<(Vec<(Address, Effects)>, Receipt), Error> {
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
                None => Status::Halted(Halt::out_of_gas_for_pages(pages)),
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

fn effects(transaction: &mut Transaction, in_block: bool) -> Result<Vec<(Address, Effects)>, Error> {
    let Transaction { here, others, order, pager, snapshot, tracer, stopwatch, .. } = transaction;
    let mut all = Vec::with_capacity(order.len());
    for address in order {
        let visited = [&mut *here].into_iter().chain(&mut *others).find(|visited| visited.address == *address);
        if let Some(visited) = visited {
            if !all.is_empty() && wrong::is(Wrong::CommitsFirstOnly) {
                all.push((*address, Effects::none(visited.account.state)));
                continue;
            }
            let effects = Effects::of(visited, *pager, &**snapshot, (tracer.is_some(), in_block), stopwatch)?;
            all.push((*address, effects));
        }
    }
    Ok(all)
}

/// What the receipt says of each contract.
fn touched(transaction: &mut Transaction, effects: &[(Address, Effects)], in_block: bool) -> Vec<TouchedContract> {
    let Transaction { here, others, order, pager, .. } = transaction;
    let mut contracts = Vec::with_capacity(order.len());
    for address in order {
        let visited = [&mut *here].into_iter().chain(&mut *others).find(|visited| visited.address == *address);
        let Some(visited) = visited else { continue };
        let effects = effects.iter().find(|(contract, _)| contract == address).map(|(_, effects)| effects);
        let pages_changed = effects.map_or(0, |effects| effects.pages.len() as u32);
        let mut version = visited.account.version;
        version.0 += u64::from(pages_changed > 0);
        let (read, written) = visited.pages_touched();
        contracts.push(TouchedContract {
            address: *address,
            state_before: visited.account.state,
            state_after: (!in_block).then(|| effects.map_or(visited.account.state, |effects| effects.state)),
            version,
            pages_read: pager.knows(Access::Read).then_some(read),
            pages_written: pager.knows(Access::Write).then_some(written),
            pages_changed,
        });
    }
    contracts
}
