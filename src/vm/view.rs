//! One moment of the store, to be read and run on.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::Error;
use super::handle::Vm;
use crate::contract::{self, Signature};
use crate::paging::SharedSnapshot;
use crate::store::hash::page_hash;
use crate::store::{Account, Moment, PastSnapshot, Snapshot, moment_of};
use crate::transaction::{Shared, Transaction, contract_account, stored_code};
use crate::units::{Address, ByteOffset, CommitNumber, PAGE_SIZE, PageBytes, PageHash, PageIndex, Version};

/// Which moment is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum At {
    /// This one.
    Moment(Moment),
    /// Right after the commit that made a version of a contract. All other contracts and all balances are as they were then.
    Version(Address, Version),
}

impl From<Moment> for At {
    fn from(moment: Moment) -> Self {
        Self::Moment(moment)
    }
}

/// Right after a commit.
impl From<CommitNumber> for At {
    fn from(commit: CommitNumber) -> Self {
        Self::Moment(Moment::after(commit))
    }
}

impl From<(Address, Version)> for At {
    fn from((contract, version): (Address, Version)) -> Self {
        Self::Version(contract, version)
    }
}

/// One moment of the store. All that is read of it, run on it and proved of it is of this moment, whatever is committed
/// meanwhile.
///
/// It can go to another thread, but is used by one at a time. While it is there, pages that were replaced since cannot be
/// used again by the store: it is not for keeping.
#[derive(Debug)]
pub struct View {
    pub(super) shared: Arc<Shared<Transaction>>,
    pub(super) snapshot: SharedSnapshot,
}

impl Vm {
    /// The newest moment.
    ///
    /// # Errors
    /// The store has failed.
    pub fn now(&self) -> Result<View, Error> {
        Ok(self.view(self.shared.store.snapshot()?))
    }

    /// A moment, or that which made a version of a contract.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) says that there was no such moment or version, or that it was pruned.
    pub fn at(&self, at: impl Into<At>) -> Result<View, Error> {
        Ok(self.view(Box::new(self.past(at.into())?)))
    }

    fn view(&self, snapshot: Box<dyn Snapshot>) -> View {
        View { shared: self.shared.clone(), snapshot: SharedSnapshot::new(snapshot) }
    }

    pub(super) fn past(&self, at: At) -> Result<PastSnapshot, Error> {
        let snapshot = self.shared.store.snapshot()?;
        let moment = match at {
            At::Moment(moment) => moment,
            At::Version(contract, version) => {
                contract_account(&*snapshot, &contract)?;
                moment_of(&*snapshot, &contract, version)?
            }
        };
        Ok(PastSnapshot::new(snapshot, moment)?)
    }
}

impl View {
    /// The moment.
    ///
    /// # Errors
    /// The store has failed.
    pub fn moment(&self) -> Result<Moment, Error> {
        Ok(self.snapshot.moment()?)
    }

    /// What is recorded at an address.
    ///
    /// # Errors
    /// The store has failed, or what it holds is damaged.
    pub fn account(&self, address: &Address) -> Result<Option<Account>, Error> {
        Ok(self.snapshot.account(address)?)
    }

    /// A contract's code, in binary format.
    ///
    /// # Errors
    /// There is no contract at the address, or the store has failed.
    pub fn code(&self, address: &Address) -> Result<Vec<u8>, Error> {
        let (_, code) = contract_account(&*self.snapshot, address)?;
        Ok(stored_code(&*self.snapshot, address, &code.hash)?)
    }

    /// The functions that a contract exports.
    ///
    /// # Errors
    /// There is no contract at the address, its code is refused here (it may import what another virtual machine offers), or the store
    /// has failed.
    pub fn exports(&self, address: &Address) -> Result<BTreeMap<String, Signature>, Error> {
        Ok(contract::validate(&self.code(address)?, self.shared.modules.imports())?.exports)
    }

    /// Bytes of a contract's storage.
    ///
    /// # Errors
    /// There is no contract at the address, [`Error::StorageRange`] says that the bytes are not within its page limit, or the store has
    /// failed.
    pub fn read(&self, address: &Address, offset: ByteOffset, length: u64) -> Result<Vec<u8>, Error> {
        self.check_ranges(address, [(offset, length)])?;
        let end = offset.0 + length;
        let mut bytes = Vec::new();
        let mut page = [0; PAGE_SIZE];
        let mut at = offset.0;
        while at < end {
            let start = (at % PAGE_SIZE as u64) as usize;
            let size = (end - at).min((PAGE_SIZE - start) as u64) as usize;
            self.snapshot.read_page(address, PageIndex((at / PAGE_SIZE as u64) as u32), &mut page)?;
            bytes.extend_from_slice(&page[start..start + size]);
            at += size as u64;
        }
        Ok(bytes)
    }

    /// One page of a contract's storage, and its hash.
    ///
    /// # Errors
    /// There is no contract at the address, [`Error::StorageRange`] says that the page is beyond its page limit, or the store has
    /// failed.
    pub fn page(&self, address: &Address, page: PageIndex) -> Result<(PageBytes, PageHash), Error> {
        self.check_ranges(address, [(page.start(), PAGE_SIZE as u64)])?;
        let mut bytes = [0; PAGE_SIZE];
        self.snapshot.read_page(address, page, &mut bytes)?;
        Ok((bytes, page_hash(address, page, &bytes)))
    }

    /// The pages of a contract that are stored, ascending. Those that are all zero are not.
    ///
    /// # Errors
    /// The store has failed.
    pub fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, Error> {
        Ok(self.snapshot.stored_pages(address)?)
    }

    /// Whether there is a contract, and its page limit lets it have all of these ranges: of each, where it begins, and how many bytes
    /// it has.
    pub(super) fn check_ranges(
        &self,
        address: &Address,
        ranges: impl IntoIterator<Item = (ByteOffset, u64)>,
    ) -> Result<(), Error> {
        let (_, code) = contract_account(&*self.snapshot, address)?;
        let limit = code.max_pages;
        let is_within = |offset: u64, length| offset.checked_add(length).is_some_and(|end| end <= limit.bytes());
        match ranges.into_iter().find(|(offset, length)| !is_within(offset.0, *length)) {
            Some((ByteOffset(offset), length)) => {
                Err(Error::StorageRange { contract: *address, offset, length, limit })
            }
            None => Ok(()),
        }
    }
}
