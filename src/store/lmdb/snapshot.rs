//! A snapshot of a store on disk: a read transaction, and the LMDB environment that it keeps open.
//!
//! After the first snapshot of a process, this module makes no system call, and reading causes none if the read database pages are in
//! memory: a transaction begins by taking a slot of a shared table, and reading follows pointers in the map. One cursor, opened with
//! the snapshot, reads all pages, so that a fault handler allocates nothing.

use std::fmt;
use std::mem;
use std::sync::Arc;

use lmdb::{Error, RoCursor, RoTransaction, Transaction};

use super::environment::Shared;
use super::gate::Inside;
use super::layout::{self, Name};
use super::map;
use super::page::PageRecord;
use super::process::ProcessLocal;
use super::read::{self, Read};
use crate::store::codec::DecodeError;
use crate::store::hash::{self, ZERO_PAGE};
use crate::store::past;
use crate::store::{Account, DiffRecord, Mark, Moment, Record, Snapshot, StoreError, TreeUpdate};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageHash, PageIndex, Version};

pub(super) struct LmdbSnapshot {
    /// Borrows `transaction`, see `begin`. It is declared first, so that it is dropped first.
    pages: ProcessLocal<RoCursor<'static>>,
    /// Borrows the LMDB environment that `inside` keeps open, and is dropped before it. It is boxed, because the cursor refers to it.
    transaction: ProcessLocal<Box<RoTransaction<'static>>>,
    inside: Inside<Arc<Shared>>,
}

// SAFETY: LMDB ties a read transaction to the thread that began it, unless the environment has NO_TLS. `open_environment` sets NO_TLS
// on every environment. Then the transaction is tied to a slot of the table of readers, and any thread may use it, one at a time. The
// type is not `Sync`, so only one thread uses it at a time.
unsafe impl Send for LmdbSnapshot {}

impl LmdbSnapshot {
    pub(super) fn begin(shared: &Arc<Shared>) -> Result<Self, StoreError> {
        shared.require_own_process()?;
        let (transaction, inside) = map::begin(
            shared,
            || shared.clone(),
            "beginning a snapshot",
            |database| match database.begin_ro_txn() {
                Err(Error::ReadersFull) if shared.clear_dead_readers() => database.begin_ro_txn(),
                result => result,
            },
        )?;
        // SAFETY: the transaction borrows the environment. `inside` has the `Arc` that holds the environment, so the environment
        // stays open and at its address until `inside` is dropped. Fields are dropped in their order, so the transaction is dropped
        // before `inside`. The transaction never leaves this type.
        let transaction = unsafe { mem::transmute::<RoTransaction<'_>, RoTransaction<'static>>(transaction) };
        let transaction = ProcessLocal::new(Box::new(transaction));
        let pages = transaction.open_ro_cursor(shared.records).map_err(shared.error("beginning a snapshot"))?;
        // SAFETY: the cursor borrows the transaction. The transaction is in a box in the same value, and is never moved out of the
        // box or changed. The cursor is dropped first, and never leaves this type.
        let pages = unsafe { mem::transmute::<RoCursor<'_>, RoCursor<'static>>(pages) };
        Ok(Self { pages: ProcessLocal::new(pages), transaction, inside })
    }

    pub(super) fn read(&self) -> Result<Read<'_, RoTransaction<'static>>, StoreError> {
        let shared = self.inside.database();
        shared.require_own_process()?;
        Ok(Read { shared, transaction: &**self.transaction })
    }

    /// Returns the cursor that reads pages. Allocates nothing, not even for an error.
    fn pages(&self) -> Result<&RoCursor<'static>, StoreError> {
        self.inside.database().require_own_process()?;
        Ok(&self.pages)
    }
}

impl Snapshot for LmdbSnapshot {
    fn moment(&self) -> Result<Moment, StoreError> {
        self.read()?.head()
    }

    fn account(&self, address: &Address) -> Result<Option<Account>, StoreError> {
        Ok(self.read()?.account(address)?.map(|(_, account)| account))
    }

    fn account_at(&self, address: &Address, moment: Moment) -> Result<Option<(Moment, Account)>, StoreError> {
        self.read()?.account_at(address, moment)
    }

    fn mark(&self, address: &Address) -> Result<Option<Mark>, StoreError> {
        self.read()?.mark(address)
    }

    fn addresses(&self) -> Result<Vec<Address>, StoreError> {
        let mut addresses = Vec::new();
        for owner in self.read()?.owners()? {
            addresses.extend(self.account(&owner)?.map(|_| owner));
        }
        Ok(addresses)
    }

    fn code(&self, hash: &CodeHash) -> Result<Option<Vec<u8>>, StoreError> {
        match self.read()?.get(&layout::code_key(hash))? {
            Some(code) if hash::code_hash(code) == *hash => Ok(Some(code.to_vec())),
            Some(_) => Err(Record::Code(*hash).damaged(DecodeError::Hash)),
            None => Ok(None),
        }
    }

    fn read_page(&self, address: &Address, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError> {
        match read::find_page(self.pages()?, address, page)? {
            Some((_, record)) => {
                record.copy_to(into);
                Ok(!record.is_zero())
            }
            None => {
                *into = ZERO_PAGE;
                Ok(false)
            }
        }
    }

    fn read_page_at(
        &self,
        address: &Address,
        page: PageIndex,
        commit: CommitNumber,
        into: &mut PageBytes,
    ) -> Result<bool, StoreError> {
        read::page_at(self.pages()?, address, page, commit, into)
    }

    fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, StoreError> {
        let mut pages = Vec::new();
        for entry in self.read()?.entries(&layout::groups_prefix(address))? {
            let (key, value) = entry?;
            if let Some(Name::Block(..)) = Name::of(key) {
                continue;
            }
            // Reading a page verifies its checksum. Verifying it here would read the whole content of every page.
            let record = PageRecord::decode(key, value).map_err(|problem| Record::Table("pages").damaged(problem))?;
            pages.extend((!record.is_zero()).then_some(record.page));
        }
        Ok(pages)
    }

    fn tree_after(
        &self,
        address: &Address,
        over: TreeUpdate,
        leaves: &[(PageIndex, PageHash)],
    ) -> Result<TreeUpdate, StoreError> {
        self.read()?.tree_after(address, over, leaves)
    }

    fn receipt(&self, commit: CommitNumber) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read()?.log(Moment::after(commit))?.and_then(|log| log.receipt))
    }

    fn last_block(&self, commit: CommitNumber) -> Result<Option<u64>, StoreError> {
        self.read()?.last_block(Moment::after(commit))
    }

    fn diff_at(&self, address: &Address, commit: CommitNumber) -> Result<Option<DiffRecord>, StoreError> {
        self.read()?.diff(address, commit)
    }

    fn diff(&self, address: &Address, version: Version) -> Result<Option<DiffRecord>, StoreError> {
        past::diff_of(self, address, version)
    }
}

impl fmt::Debug for LmdbSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LmdbSnapshot({})", self.inside.database().path().display())
    }
}
