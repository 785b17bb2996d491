//! Reading and running on the present and on the past, without a commit.

use super::call::Call;
use super::error::Error;
use super::execute::Intent;
use super::receipt::Receipt;
use super::shared::contract_account;
use super::trace::Trace;
use super::tracer::Detail;
use super::vm::Vm;
use crate::store::hash::page_hash;
use crate::store::{Account, PastSnapshot, Snapshot, moment_of};
use crate::units::{Address, ByteOffset, PAGE_SIZE, PageBytes, PageHash, PageIndex, Version};

impl Vm {
    /// Bytes of a contract's storage.
    pub fn read(&self, address: &Address, offset: ByteOffset, length: u64) -> Result<Vec<u8>, Error> {
        read_bytes(&*self.shared.store.snapshot()?, address, offset, length)
    }

    /// One page of a contract's storage, and its hash.
    pub fn page(&self, address: &Address, page: PageIndex) -> Result<(PageBytes, PageHash), Error> {
        page_of(&*self.shared.store.snapshot()?, address, page)
    }

    /// The world right after the commit that made a version of a contract.
    pub(super) fn snapshot_at(&self, address: &Address, version: Version) -> Result<PastSnapshot, Error> {
        let snapshot = self.shared.store.snapshot()?;
        contract_account(&*snapshot, address)?;
        let moment = moment_of(&*snapshot, address, version)?;
        Ok(PastSnapshot::new(snapshot, moment)?)
    }

    /// A contract's account as a version left it.
    pub fn account_at(&self, address: &Address, version: Version) -> Result<Account, Error> {
        Ok(contract_account(&self.snapshot_at(address, version)?, address)?.0)
    }

    /// As [`read`](Self::read), of a version.
    pub fn read_at(
        &self,
        address: &Address,
        offset: ByteOffset,
        length: u64,
        version: Version,
    ) -> Result<Vec<u8>, Error> {
        read_bytes(&self.snapshot_at(address, version)?, address, offset, length)
    }

    /// As [`page`](Self::page), of a version. Of diffs only those of this page are read.
    pub fn page_at(
        &self,
        address: &Address,
        page: PageIndex,
        version: Version,
    ) -> Result<(PageBytes, PageHash), Error> {
        page_of(&self.snapshot_at(address, version)?, address, page)
    }

    /// As [`dry_run`](Self::dry_run), on the world right after the commit that made a version of the called contract:
    /// all other contracts and all balances are as they were then.
    pub fn dry_run_at(&self, call: &Call, version: Version) -> Result<Receipt, Error> {
        let snapshot = Box::new(self.snapshot_at(&call.contract, version)?);
        Ok(self.execute_on(snapshot, call, Intent::default())?.receipt)
    }

    /// As [`dry_run_at`](Self::dry_run_at), and says how it went, as [`dry_run_watched`](Self::dry_run_watched) does.
    pub fn dry_run_at_watched(&self, call: &Call, version: Version) -> Result<(Receipt, Trace), Error> {
        let snapshot = Box::new(self.snapshot_at(&call.contract, version)?);
        let done = self.execute_on(snapshot, call, Intent { detail: Detail::Writes, ..Intent::default() })?;
        Ok((done.receipt, done.trace))
    }
}

/// Bytes of a contract's storage at a moment.
fn read_bytes(snapshot: &dyn Snapshot, address: &Address, offset: ByteOffset, length: u64) -> Result<Vec<u8>, Error> {
    let (_, code) = contract_account(snapshot, address)?;
    let limit = code.max_pages;
    let end = offset.0.checked_add(length).filter(|end| *end <= limit.bytes());
    let end = end.ok_or(Error::StorageRange { contract: *address, offset: offset.0, length, limit })?;
    let mut bytes = Vec::new();
    let mut page = [0; PAGE_SIZE];
    let mut at = offset.0;
    while at < end {
        let start = (at % PAGE_SIZE as u64) as usize;
        let size = (end - at).min((PAGE_SIZE - start) as u64) as usize;
        snapshot.read_page(address, PageIndex((at / PAGE_SIZE as u64) as u32), &mut page)?;
        bytes.extend_from_slice(&page[start..start + size]);
        at += size as u64;
    }
    Ok(bytes)
}

/// One page of a contract's storage at a moment, and its hash.
fn page_of(snapshot: &dyn Snapshot, address: &Address, page: PageIndex) -> Result<(PageBytes, PageHash), Error> {
    let (_, code) = contract_account(snapshot, address)?;
    let limit = code.max_pages;
    if !limit.contains(page) {
        let (offset, length) = (page.start().0, PAGE_SIZE as u64);
        return Err(Error::StorageRange { contract: *address, offset, length, limit });
    }
    let mut bytes = [0; PAGE_SIZE];
    snapshot.read_page(address, page, &mut bytes)?;
    Ok((bytes, page_hash(address, page, &bytes)))
}
