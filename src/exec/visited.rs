//! A contract that a transaction has come to.

use std::sync::Arc;

use super::machine::Machine;
use super::pool::{Kept, Token};
use crate::contract::Compiled;
use crate::paging::{Access, PageTable, Region};
use crate::store::{Account, Code};
use crate::units::{Address, PageIndex, Version};

/// One contract in a transaction: its storage, and machines to run its calls on.
#[derive(Debug)]
pub(crate) struct Visited {
    pub(crate) address: Address,
    /// Its account before the transaction.
    pub(super) account: Account,
    pub(super) code: Code,
    /// Its storage.
    pub(crate) region: Region,
    /// The version whose state the region held when the transaction began.
    pub(super) version: Version,
    /// Machines over the region that run no call at the moment.
    machines: Vec<Machine>,
    token: Token,
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

/// The first length at which the pages touched are gone through.
const FULL: usize = 1 << 16;

impl Visited {
    pub(super) fn new(address: Address, account: Account, code: Code, kept: Kept) -> Self {
        let Kept { region, version, machines, token } = kept;
        Self {
            address,
            account,
            code,
            region,
            version,
            machines,
            token,
            running: 0,
            compared: None,
            touched: Vec::new(),
            finished: 0,
            full: FULL,
        }
    }

    /// An idle machine that runs this code.
    pub(super) fn take_machine(&mut self, compiled: &Arc<Compiled>) -> Option<Machine> {
        let at = self.machines.iter().rposition(|machine| machine.runs(compiled))?;
        Some(self.machines.swap_remove(at))
    }

    /// A machine that is as new.
    pub(super) fn put_machine(&mut self, machine: Machine) {
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

    /// How many pages were read, and how many written.
    pub(super) fn pages_touched(&mut self) -> (u32, u32) {
        if self.finished > 1 {
            self.unite();
        }
        let count =
            |access: Access| self.touched.iter().filter(|(_, rights)| rights & access.bit() != 0).count() as u32;
        (count(Access::Read), count(Access::Write))
    }

    /// What is kept for the next transaction.
    pub(super) fn into_kept(self, version: Version) -> Kept {
        Kept { region: self.region, version, machines: self.machines, token: self.token }
    }
}
