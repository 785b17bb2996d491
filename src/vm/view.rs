//! Views: handles on one moment for reading, dry runs and proofs.

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

/// Names a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum At {
    /// The moment itself.
    Moment(Moment),
    /// The moment right after the commit that made this version of the contract. Other contracts and all balances have their
    /// state of that moment, too.
    Version(Address, Version),
}

impl From<Moment> for At {
    fn from(moment: Moment) -> Self {
        Self::Moment(moment)
    }
}

/// Names the moment right after a commit.
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

/// A handle on one moment of the store. All reads, dry runs and proofs show this moment, even after later commits.
///
/// A view can be sent to another thread, but only one thread at a time can use it. As long as it lives, the store cannot reuse
/// the space of pages that were replaced since. So do not keep it for long.
#[derive(Debug)]
pub struct View {
    pub(super) shared: Arc<Shared<Transaction>>,
    pub(super) snapshot: SharedSnapshot,
}

impl Vm {
    /// Returns a view of the newest moment.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    pub fn now(&self) -> Result<View, Error> {
        Ok(self.view(self.shared.store.snapshot()?))
    }

    /// Returns a view of a moment, which a version of a contract may name.
    ///
    /// # Errors
    /// Returns a [`StoreError`](crate::store::StoreError) if the moment or version does not exist or was pruned, or the store
    /// fails.
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
    /// Returns the moment.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    pub fn moment(&self) -> Result<Moment, Error> {
        Ok(self.snapshot.moment()?)
    }

    /// Returns the account at an address.
    ///
    /// # Errors
    /// Returns an error if the store fails or is damaged.
    pub fn account(&self, address: &Address) -> Result<Option<Account>, Error> {
        Ok(self.snapshot.account(address)?)
    }

    /// Returns the code of a contract in the binary format.
    ///
    /// # Errors
    /// Returns an error if there is no contract at the address or the store fails.
    pub fn code(&self, address: &Address) -> Result<Vec<u8>, Error> {
        let (_, code) = contract_account(&*self.snapshot, address)?;
        Ok(stored_code(&*self.snapshot, address, &code.hash)?)
    }

    /// Returns the exports of a contract, by name.
    ///
    /// # Errors
    /// Returns an error if there is no contract at the address, this VM refuses its code (the code may import a custom host
    /// function of another VM), or the store fails.
    pub fn exports(&self, address: &Address) -> Result<BTreeMap<String, Signature>, Error> {
        Ok(contract::validate(&self.code(address)?, self.shared.modules.imports())?.exports)
    }

    /// Returns bytes of a contract's storage.
    ///
    /// # Errors
    /// Returns an error if there is no contract at the address, the bytes are not within its page limit
    /// ([`Error::StorageRange`]), or the store fails.
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

    /// Returns a page of a contract's storage, and its hash.
    ///
    /// # Errors
    /// Returns an error if there is no contract at the address, the page is beyond its page limit ([`Error::StorageRange`]), or the
    /// store fails.
    pub fn page(&self, address: &Address, page: PageIndex) -> Result<(PageBytes, PageHash), Error> {
        self.check_ranges(address, [(page.start(), PAGE_SIZE as u64)])?;
        let mut bytes = [0; PAGE_SIZE];
        self.snapshot.read_page(address, page, &mut bytes)?;
        Ok((bytes, page_hash(address, page, &bytes)))
    }

    /// Returns the stored pages of a contract, in ascending order. Pages that are all zero are not stored.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    pub fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, Error> {
        Ok(self.snapshot.stored_pages(address)?)
    }

    /// Checks that there is a contract at the address, and that ranges of its storage, each an offset and a number of bytes, are
    /// below its page limit.
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
