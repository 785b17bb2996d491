//! What lives as long as one transaction.

use std::ops::Range;

use super::ledger::Ledger;
use super::outcome::Stop;
use super::receipt::{Halt, HaltKind};
use super::trace::PagesTouched;
use crate::limits::{LOG_ENTRY_BYTES, MAX_LOG_BYTES};
use crate::paging::{Access, ContractPages, PageTable, Pager, PagingError, Region, SharedSnapshot, Watch};
use crate::store::Account;
use crate::units::{Address, PageBytes, PageIndex};

/// One transaction: the moment it runs on, the contract it runs, and what it has done so far.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// The moment.
    pub(crate) snapshot: SharedSnapshot,
    /// How storage is presented.
    pub(super) pager: &'static dyn Pager,
    /// The contract.
    pub(crate) contract: Address,
    /// Its account before the transaction.
    pub(super) account: Account,
    /// Its storage.
    pub(crate) region: Region,
    /// Accounts that changed.
    pub(crate) ledger: Ledger,
    /// Who sent it.
    pub(crate) origin: Address,
    /// Given with it.
    pub(crate) block_number: u64,
    /// Given with it.
    pub(crate) timestamp: u64,
    /// What the contract logged.
    pub(super) logs: Vec<String>,
    pub(super) log_bytes: usize,
    /// Which pages were touched, where somebody wants to know.
    pub(super) touched: Option<Box<PagesTouched>>,
}

/// A page that cannot be presented to the code that touches it.
impl From<PagingError> for Halt {
    fn from(error: PagingError) -> Self {
        let kind = match error {
            PagingError::Store(_) | PagingError::BeyondLimit { .. } => HaltKind::Store,
            PagingError::Budget { .. } | PagingError::Memory(_) => HaltKind::Limit,
        };
        Self { kind, message: error.to_string() }
    }
}

impl Transaction {
    /// The committed pages of the contract, and the region they are presented in.
    pub(super) fn split(&mut self) -> (&mut Region, ContractPages<'_>) {
        (&mut self.region, ContractPages { snapshot: &*self.snapshot, address: &self.contract })
    }

    /// Makes pages, all below the limit, ready to be touched by the call of a page table.
    pub(super) fn touch(&mut self, table: &mut PageTable, pages: Range<u32>, access: Access) -> Result<(), Stop> {
        let pager = self.pager;
        let (region, source) = self.split();
        pager.touch(region, table, pages, access, &source).map_err(|error| Stop::Halt(Box::new(error.into())))
    }

    /// Has faults in the contract's storage served, if its pager takes any, as long as the value lives.
    pub(super) fn watch(&self) -> Option<Watch> {
        Watch::begin(&self.region, &self.snapshot, self.contract)
    }

    /// A page to be read by the host on behalf of the call of a page table. The page is below the limit.
    #[inline]
    pub(crate) fn page(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&PageBytes, Stop> {
        if !table.allows(page, Access::Read) {
            self.bring_in(table, page, Access::Read)?;
        }
        Ok(self.region.page(page))
    }

    /// A page to be written by the host on behalf of the call of a page table. The page is below the limit.
    #[inline]
    pub(crate) fn page_mut(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&mut PageBytes, Stop> {
        if !table.allows(page, Access::Write) {
            self.bring_in(table, page, Access::Write)?;
        }
        Ok(self.region.page_mut(page))
    }

    #[cold]
    #[inline(never)]
    fn bring_in(&mut self, table: &mut PageTable, page: PageIndex, access: Access) -> Result<(), Stop> {
        self.touch(table, page.0..page.0 + 1, access)
    }

    /// An account's balance as the transaction sees it.
    pub(crate) fn balance(&self, address: &Address) -> Result<u64, Stop> {
        self.ledger.balance(&*self.snapshot, address).map_err(|error| Stop::halt(HaltKind::Store, error.to_string()))
    }

    /// Keeps a text for the receipt.
    pub(crate) fn log(&mut self, text: &[u8]) -> Result<(), Stop> {
        self.log_bytes += text.len() + LOG_ENTRY_BYTES;
        if self.log_bytes > MAX_LOG_BYTES {
            let message = format!("vellum.log: more than {MAX_LOG_BYTES} bytes of text in one transaction");
            return Err(Stop::halt(HaltKind::Limit, message));
        }
        self.logs.push(String::from_utf8_lossy(text).into_owned());
        Ok(())
    }
}
