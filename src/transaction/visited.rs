//! A contract that a transaction has come to, and that is kept for those after it.

use std::io;
use std::sync::Arc;

use super::page_trees::PageTrees;
use crate::contract::Compiled;
use crate::machine::{Environment, Machine};
use crate::paging::{Access, PageTable, Region};
use crate::store::{Account, Code, Snapshot, StoreError};
use crate::units::{Address, PAGE_SIZE, PageIndex, Version};

/// One contract in a transaction: its storage, and machines to run its calls on.
#[derive(Debug)]
pub(crate) struct Visited<E: 'static> {
    pub(super) address: Address,
    /// Its account before the transaction.
    pub(super) account: Account,
    pub(super) code: Code,
    /// Its storage.
    pub(crate) region: Region,
    /// What is known of the hashes of its pages as the region held them when the transaction began.
    pub(super) page_trees: PageTrees,
    /// The version whose state the region held when the transaction began.
    pub(super) version: Version,
    /// Machines over the region that run no call at the moment.
    pub(super) machines: Vec<Machine<E>>,
    /// One of those that the pool counts.
    _token: Token,
    /// Calls into it that have not ended.
    pub(super) running: u32,
    /// The pages that were compared with their committed bytes, if somebody wants to know.
    pub(super) compared: Option<Vec<PageIndex>>,
    /// Pages that finished calls touched, each with what they did.
    touched: Vec<(PageIndex, u8)>,
    /// Calls whose pages `touched` has.
    finished: u32,
    /// The length at which `touched` is next rid of pages that it has more than once.
    full: usize,
}

/// A contract by its place in memory: it is large, and goes from hand to hand within a transaction and to and from the pool.
pub(super) type Handle<E> = Box<Visited<E>>;

/// Lives as long as a region.
#[derive(Debug, Clone, Default)]
pub(super) struct Token(
    #[cfg_attr(not(any(test, feature = "fuzzing")), expect(dead_code, reason = "its copies are counted by fuzzers"))]
    Arc<()>,
);

impl Token {
    /// How many others there are.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn copies(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

/// Versions that a region may lie behind and still be brought up to date instead of reset.
const MAX_VERSIONS_BEHIND: u64 = 64;

/// Machines kept with a region: more than one is used by a contract that is re-entered.
const MAX_MACHINES: usize = 8;

/// Room that is kept for pages touched: what most calls need, in 32 KiB.
const TOUCHED_KEPT: usize = 1 << 12;

/// The first length at which the pages touched are gone through.
const FULL: usize = 1 << 16;

impl<E> Visited<E> {
    /// The memory of its frames and page trees, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        u64::from(self.region.present_pages()) * PAGE_SIZE as u64 + self.page_trees.bytes()
    }
}

impl<E: Environment> Visited<E> {
    /// A contract that nothing is kept of, with a region that holds the state of its account.
    pub(super) fn new(address: Address, (account, code): (Account, Code), region: Region, token: Token) -> Box<Self> {
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
            compared: None,
            touched: Vec::new(),
            finished: 0,
            full: FULL,
        })
    }

    /// Makes what was kept ready for another transaction, in which the contract is at this account. Returns whether the
    /// region could be brought up to date; if not, it must be reset.
    pub(super) fn renew(
        &mut self,
        snapshot: &dyn Snapshot,
        (account, code): (Account, Code),
    ) -> Result<bool, StoreError> {
        (self.account, self.code) = (account, code);
        (self.running, self.finished, self.full, self.compared) = (0, 0, FULL, None);
        let is_current = self.catch_up(snapshot)?;
        self.version = self.account.version;
        Ok(is_current)
    }

    /// Makes the frames those of the account's state: at once when the roots are the same, else by forgetting the pages that
    /// the versions between have changed. Returns whether that worked.
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
                        self.page_trees.forget(change.page, &change.runs);
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

    /// Takes nothing that is kept for true any more: the region is to hold another state.
    pub(super) fn reset(&mut self) -> io::Result<()> {
        self.page_trees.clear();
        self.region.reset(self.account.state)
    }

    /// Takes all frames for absent.
    pub(super) fn forget_frames(&mut self) {
        self.page_trees.clear();
        self.region.forget_all();
    }

    /// An idle machine that runs this code.
    pub(super) fn take_machine(&mut self, compiled: &Arc<Compiled>) -> Option<Machine<E>> {
        let at = self.machines.iter().rposition(|machine| machine.runs(compiled))?;
        Some(self.machines.swap_remove(at))
    }

    /// A machine that is as new.
    pub(super) fn put_machine(&mut self, machine: Machine<E>) {
        self.machines.push(machine);
    }

    /// Takes over what a finished call did with each page, and clears its table.
    pub(super) fn note(&mut self, table: &mut PageTable) {
        self.finished += 1;
        table.clear_into(&mut self.touched);
        if self.touched.len() > self.full {
            self.unite();
            self.full = FULL.max(2 * self.touched.len());
        }
    }

    /// Has each page once.
    fn unite(&mut self) {
        self.touched.sort_unstable_by_key(|(page, _)| *page);
        self.touched.dedup_by(|(later, more), (page, rights)| {
            *rights |= if later == page { *more } else { 0 };
            later == page
        });
    }

    /// Lets go of what the next transaction will hardly need.
    pub(super) fn rest(&mut self) {
        self.machines.truncate(MAX_MACHINES);
        self.touched.clear();
        self.touched.shrink_to(TOUCHED_KEPT);
    }

    /// How many pages were read, and how many written.
    pub(super) fn pages_touched(&mut self) -> (u32, u32) {
        if self.finished > 1 {
            self.unite();
        }
        let count =
            |access: Access| self.touched.iter().filter(|(_, rights)| rights & access.bit() != 0).count() as u32;
        (count(Access::Read), count(Access::Write))
    }
}
