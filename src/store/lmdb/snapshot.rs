//! A snapshot of a store on disk: a read transaction, and the LMDB environment that it keeps open.
//!
//! After the first snapshot of a process, this module makes no system call, and reading causes none if the read database pages are in
//! memory: a transaction begins by taking a slot of a shared table, and reading follows page numbers in the map. Reading a page
//! allocates nothing, so that a fault handler can do it.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::thread;

use lmdb::{Error, RoTransaction, Transaction};

use super::environment::Shared;
use super::gate::Inside;
use super::layout::{self, Name};
use super::map;
use super::page::PageRecord;
use super::pages::Pages;
use super::process::ProcessLocal;
use super::read::{self, Read};
use super::source::Source;
use crate::store::codec::DecodeError;
use crate::store::hash::{self, ZERO_PAGE};
use crate::store::past;
use crate::store::tree::{Block, BlockId, LEAVES};
use crate::store::{Account, DiffRecord, Mark, Moment, Record, Snapshot, StoreError, TreeUpdate};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageHash, PageIndex, Version};

/// How often a snapshot is begun while another commit takes the place of its own.
const ATTEMPTS: u32 = 64;

pub(super) struct LmdbSnapshot {
    /// The pages of the commit that `transaction` reads.
    pages: Pages,
    /// Registers the commit, so that its pages stay as they are. Borrows the LMDB environment that `inside` keeps open, and is dropped
    /// before it.
    _transaction: ProcessLocal<RoTransaction<'static>>,
    inside: Inside<Arc<Shared>>,
}

// SAFETY: LMDB ties a read transaction to the thread that began it, unless the environment has NO_TLS. `open_environment` sets NO_TLS
// on every environment. Then the transaction is tied to a slot of the table of readers, and any thread may use it, one at a time. The
// type is not `Sync`, so only one thread uses it at a time.
unsafe impl Send for LmdbSnapshot {}

impl LmdbSnapshot {
    pub(super) fn begin(shared: &Arc<Shared>) -> Result<Self, StoreError> {
        shared.require_own_process()?;
        for attempt in 1..=ATTEMPTS {
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
            // stays open and at its address until `inside` is dropped. Fields and variables are dropped in an order in which the
            // transaction is dropped before `inside`. The transaction never leaves this type.
            let transaction = unsafe { mem::transmute::<RoTransaction<'_>, RoTransaction<'static>>(transaction) };
            // SAFETY: the transaction is alive, and the call only reads its number.
            let commit = unsafe { lmdb_sys::mdb_txn_id(transaction.txn()) } as u64;
            let entries = || transaction.stat(shared.records).map(|stat| stat.entries());
            let entries =
                (attempt == ATTEMPTS).then(entries).transpose().map_err(shared.error("beginning a snapshot"))?;
            if let Some(pages) = shared.pages.of_commit(commit, entries)? {
                return Ok(Self { pages, _transaction: ProcessLocal::new(transaction), inside });
            }
            // Another thread or process is making the next commit.
            drop(transaction);
            thread::yield_now();
        }
        Err(shared.error("beginning a snapshot")(Error::BadTxn))
    }

    /// Verifies all pages of the table, and the free list.
    pub(super) fn verify_all(&self) -> Result<(), StoreError> {
        self.pages.tree().verify_all()?;
        self.pages.free_list().map(drop)
    }

    pub(super) fn read(&self) -> Result<Read<'_>, StoreError> {
        Ok(Read { shared: self.inside.database(), source: self.source()? })
    }

    /// Returns the records of the snapshot. Allocates nothing, not even for an error.
    fn source(&self) -> Result<Source<'_>, StoreError> {
        self.inside.database().require_own_process()?;
        Ok(Source::Pages(self.pages.tree()))
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
        match read::page_record(&self.source()?, address, page)? {
            Some(record) => {
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
        read::page_at(&self.source()?, address, page, commit, into)
    }

    fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, StoreError> {
        let mut pages = Vec::new();
        // The last block, and its leaves for which no page was found yet.
        let mut group = (BlockId::of_group(0), 0_u16);
        let is_whole = |(id, leaves): (BlockId, u16)| match leaves {
            0 => Ok(()),
            _ => Err(Record::Page(*address, PageIndex(id.first_page() + leaves.trailing_zeros()))
                .damaged(DecodeError::Missing)),
        };
        for entry in self.read()?.entries(&layout::groups_prefix(address))? {
            let (key, value) = entry?;
            if let Some(Name::Block(_, id)) = Name::of(key) {
                is_whole(group)?;
                let leaves = Block::leaves_of(value);
                group = (id, leaves.map_err(|problem| Record::TreeBlock(*address, id).damaged(problem))?);
                continue;
            }
            // Reading a page verifies its checksum. Verifying it here would read the whole content of every page.
            let record = PageRecord::decode(key, value).map_err(|problem| Record::Table("pages").damaged(problem))?;
            if !record.is_zero() {
                let leaf = 1 << (record.page.0 as usize % LEAVES);
                if BlockId::of_page(record.page) != group.0 || group.1 & leaf == 0 {
                    return Err(
                        Record::TreeBlock(*address, BlockId::of_page(record.page)).damaged(DecodeError::Missing)
                    );
                }
                group.1 &= !leaf;
                pages.push(record.page);
            }
        }
        is_whole(group)?;
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
