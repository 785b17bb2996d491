//! The end of a transaction: what changed, what it costs, what it leaves.

use super::error::Error;
use super::gas::CHANGED_PAGE;
use super::machine::{Ended, How};
use super::receipt::{Halt, Receipt, Status, TouchedContract};
use super::transaction::Transaction;
use crate::paging::{Access, Region};
use crate::store::{PageWrite, Run, TreeUpdate, runs_between};
use crate::units::{Gas, PAGE_SIZE, PageIndex, StateRoot};

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

    /// Compares every page that may differ with its committed bytes, and works out the state root.
    fn of(transaction: &mut Transaction) -> Result<Self, Error> {
        let (contract, before, pager) = (transaction.contract, transaction.account.state, transaction.pager);
        let mut touched = transaction.touched.take();
        let (region, source) = transaction.split();
        let written = pager.written(region, &source).map_err(|error| Error::paging(contract, error))?;
        region.count_compared(written.len());
        if let Some(touched) = &mut touched {
            touched.compared = Some(written.clone());
        }
        let mut pages = Vec::new();
        let mut base = [0; PAGE_SIZE];
        for page in written {
            source.snapshot.read_page(source.address, page, &mut base)?;
            let runs = runs_between(&base, region.page(page));
            if !runs.is_empty() {
                pages.push((page, runs));
            }
        }
        region.retain_written(|page| pages.binary_search_by_key(&page, |(changed, _)| *changed).is_ok());
        transaction.touched = touched;
        if pages.is_empty() {
            return Ok(Self::none(before));
        }
        let writes = page_writes(&transaction.region, pages);
        let (state, tree) = transaction.snapshot.state_after(&contract, &writes)?;
        let pages = writes.into_iter().map(|write| (write.page, write.runs)).collect();
        Ok(Self { pages, state, tree })
    }
}

/// Changed pages, with the bytes that the region holds now.
pub(super) fn page_writes(region: &Region, pages: Vec<(PageIndex, Vec<Run>)>) -> Vec<PageWrite<'_>> {
    let write = |(page, runs)| PageWrite { page, bytes: region.page(page), runs };
    pages.into_iter().map(write).collect()
}

/// Works out what a call that has ended leaves: its effects, none unless it returned and could pay for them, and its
/// receipt, as yet without a commit.
pub(super) fn settle(transaction: &mut Transaction, ended: Ended, gas: Gas) -> Result<(Effects, Receipt), Error> {
    let before = transaction.account.state;
    let mut effects = Effects::none(before);
    let mut results = Vec::new();
    let mut gas_left = ended.gas_left;
    let status = match ended.how {
        How::Returned(values) => {
            let found = Effects::of(transaction)?;
            match gas_left.0.checked_sub(found.pages.len() as u64 * CHANGED_PAGE.0) {
                Some(left) => {
                    gas_left = Gas(left);
                    effects = found;
                    results = values;
                    Status::Returned
                }
                None => Status::Halted(Halt::out_of_gas_for_pages(found.pages.len())),
            }
        }
        How::Reverted => Status::Reverted,
        How::Halted(halt) => Status::Halted(halt),
    };
    let (output, gas_used) = match status {
        Status::Halted(_) => (Vec::new(), gas),
        _ => (ended.output, Gas(gas.0 - gas_left.0)),
    };
    let pager = transaction.pager;
    let changed = !effects.pages.is_empty();
    let mut version = transaction.account.version;
    version.0 += u64::from(changed);
    let touched = TouchedContract {
        address: transaction.contract,
        state_before: before,
        state_after: effects.state,
        version,
        pages_read: pager.knows(Access::Read).then_some(ended.pages_read),
        pages_written: pager.knows(Access::Write).then_some(ended.pages_written),
        pages_changed: effects.pages.len() as u32,
    };
    let logs = std::mem::take(&mut transaction.logs);
    let receipt = Receipt { status, commit: None, results, output, gas_used, contracts: vec![touched], logs };
    Ok((effects, receipt))
}
