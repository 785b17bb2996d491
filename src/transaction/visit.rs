//! A visit: a contract's region and machines, for the time of a transaction and, in the pool, between transactions.

use std::io;
use std::sync::Arc;

use super::page_trees::PageTrees;
use crate::contract::Compiled;
use crate::machine::{Environment, Machine};
use crate::paging::{Access, PageTable, Region};
use crate::store::{Account, Code, Snapshot, StoreError, chunks_of};
use crate::units::{Address, PAGE_SIZE, PageIndex, Version};

/// A contract that a transaction has visited: its region, and the machines for its calls.
#[derive(Debug)]
pub(crate) struct Visit<E: 'static> {
    pub(super) address: Address,
    /// Its account before the transaction.
    pub(super) account: Account,
    pub(super) code: Code,
    pub(crate) region: Region,
    /// The known hashes of its pages, as they were when the transaction began.
    pub(super) page_trees: PageTrees,
    /// The version whose state the region had when the transaction began.
    pub(super) version: Version,
    /// Idle machines over the region.
    pub(super) machines: Vec<Machine<E>>,
    /// Counts the regions that exist.
    _token: Token,
    /// The number of its calls that have not ended.
    pub(super) running: u32,
    /// True if the transaction has counted the size of its code.
    pub(super) is_code_counted: bool,
    /// The pages that were compared with their committed bytes, if the transaction is traced.
    pub(super) compared: Option<Vec<PageIndex>>,
    /// Pages that ended calls have touched, each with the bits of its page-table entry. A page may occur several times.
    touched: Vec<(PageIndex, u8)>,
    /// How often pages were added to `touched`.
    finished: u32,
    /// The length of `touched` at which its duplicates are merged next.
    full: usize,
}

/// A boxed visit: it is large, and moves within a transaction and to and from the pool.
pub(super) type Handle<E> = Box<Visit<E>>;

/// A token that lives as long as a region.
#[derive(Debug, Clone, Default)]
pub(super) struct Token(
    #[cfg_attr(not(any(test, feature = "fuzzing")), expect(dead_code, reason = "its copies are counted by fuzzers"))]
    Arc<()>,
);

impl Token {
    /// The number of other copies.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn copies(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

/// The most versions that a region can be behind its contract and still be brought up to date; beyond that it is reset.
const MAX_VERSIONS_BEHIND: u64 = 64;

/// The most idle machines that are kept with a region. Only re-entry needs more than one.
const MAX_MACHINES: usize = 8;

/// The capacity of `touched` that is kept: enough for most calls, in 32 KiB.
const TOUCHED_KEPT: usize = 1 << 12;

/// The first length of `touched` at which duplicates are merged.
const FULL: usize = 1 << 16;

impl<E: Environment> Visit<E> {
    /// The bytes of its frames, page trees and machines.
    pub(super) fn bytes(&self) -> u64 {
        let machines: usize = self.machines.iter().map(Machine::kept_bytes).sum();
        let own_memory = self.region.own_memory_bytes();
        u64::from(self.region.present_pages()) * PAGE_SIZE as u64
            + self.page_trees.bytes()
            + (machines + own_memory) as u64
    }

    /// A visit with a new region, which has the state of the account.
    pub(super) fn new(address: Address, account: Account, code: Code, region: Region, token: Token) -> Box<Self> {
        Box::new(Self {
            address,
            version: account.version,
            account,
            code,
            region,
            page_trees: PageTrees::default(),
            machines: Vec::new(),
            _token: token,
            running: 0,
            is_code_counted: false,
            compared: None,
            touched: Vec::new(),
            finished: 0,
            full: FULL,
        })
    }

    /// Prepares a visit from the pool for a transaction in which the contract has this account. Returns false if the region
    /// could not be brought up to date and must be reset.
    pub(super) fn renew(&mut self, snapshot: &dyn Snapshot, account: Account, code: Code) -> Result<bool, StoreError> {
        (self.account, self.code) = (account, code);
        (self.running, self.finished, self.full, self.compared) = (0, 0, FULL, None);
        self.is_code_counted = false;
        let is_current = self.catch_up(snapshot)?;
        self.version = self.account.version;
        Ok(is_current)
    }

    /// Brings the region to the account's state. If the state roots differ, the frames of the pages that the versions between
    /// them changed are dropped. Returns false if those versions are unknown or too many.
    fn catch_up(&mut self, snapshot: &dyn Snapshot) -> Result<bool, StoreError> {
        let (from, to) = (self.version.0, self.account.version.0);
        let mut state = self.region.state();
        if state == self.account.state {
            return Ok(true);
        }
        if to <= from || to - from > MAX_VERSIONS_BEHIND {
            return Ok(false);
        }
        for version in from + 1..=to {
            match snapshot.diff(&self.address, Version(version))? {
                Some(diff) if diff.before == state => {
                    for change in &diff.pages {
                        self.region.forget(change.page);
                        self.page_trees.forget(change.page, chunks_of(&change.runs));
                    }
                    state = diff.after;
                }
                _ => return Ok(false),
            }
        }
        if state != self.account.state {
            return Ok(false);
        }
        self.region.settle(state);
        Ok(true)
    }

    /// Drops all frames and hashes, and sets the region to the account's state.
    pub(super) fn reset(&mut self) -> io::Result<()> {
        self.page_trees.clear();
        self.region.reset(self.account.state)
    }

    /// Drops all frames and hashes.
    pub(super) fn forget_frames(&mut self) {
        self.page_trees.clear();
        self.region.forget_all();
    }

    /// Takes an idle machine that runs this code.
    pub(super) fn take_machine(&mut self, compiled: &Arc<Compiled>) -> Option<Machine<E>> {
        let at = self.machines.iter().rposition(|machine| machine.runs(compiled))?;
        Some(self.machines.swap_remove(at))
    }

    /// Keeps a restored machine for the next call.
    pub(super) fn put_machine(&mut self, machine: Machine<E>) {
        self.machines.push(machine);
    }

    /// Adds the pages that an ended call has touched, and clears its page table.
    pub(super) fn add_touched(&mut self, table: &mut PageTable) {
        self.clear_table(table);
    }

    /// Clears a page table, so that the next access to each page is a fault. The pages that the call has touched are added to the
    /// others.
    pub(super) fn clear_table(&mut self, table: &mut PageTable) {
        self.finished += 1;
        table.clear_into(&mut self.touched);
        if self.touched.len() > self.full {
            self.merge_touched();
            self.full = FULL.max(2 * self.touched.len());
        }
    }

    /// Merges the duplicates in `touched`.
    fn merge_touched(&mut self) {
        self.touched.sort_unstable_by_key(|(page, _)| *page);
        self.touched.dedup_by(|(later, more), (page, rights)| {
            *rights |= if later == page { *more } else { 0 };
            later == page
        });
    }

    /// Frees what the next transaction is unlikely to need.
    pub(super) fn trim(&mut self) {
        self.machines.truncate(MAX_MACHINES);
        self.touched.clear();
        self.touched.shrink_to(TOUCHED_KEPT);
    }

    /// The number of pages that were read, and the number that were written.
    pub(super) fn pages_touched(&mut self) -> (u32, u32) {
        if self.finished > 1 {
            self.merge_touched();
        }
        let count =
            |access: Access| self.touched.iter().filter(|(_, rights)| rights & access.bit() != 0).count() as u32;
        (count(Access::Read), count(Access::Write))
    }
}
