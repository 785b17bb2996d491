//! Mends one contract: all its parts, in order.

use std::collections::BTreeSet;

use crate::store::lmdb::commit::Commit;
use crate::store::lmdb::environment::Shared;
use crate::store::lmdb::read::Read;
use crate::store::{Account, Mended, Moment, Record, StoreError};
use crate::units::Address;

/// Implements [`PageStore::mend`](crate::store::PageStore::mend).
pub(in crate::store::lmdb) fn mend(shared: &Shared, address: &Address) -> Result<Mended, StoreError> {
    let mut mend = Mend { commit: Commit::begin_mending(shared)?, address: *address, records: BTreeSet::new() };
    let (account, money_of) = mend.beside_storage()?;
    let is_sound = mend.storage(&account)?;
    let Mend { commit, records, .. } = mend;
    // A rewritten account without its pages would seem sound.
    if is_sound && !records.is_empty() {
        commit.end("mending damaged records")?;
    }
    Ok(Mended { records: records.into_iter().collect(), money_of, unsound: (!is_sound).then_some(account) })
}

/// Mends an account without its storage, which the same transaction replaces.
pub(in crate::store::lmdb) fn mend_beside_storage<'a>(
    commit: Commit<'a>,
    address: &Address,
) -> Result<Commit<'a>, StoreError> {
    let mut mend = Mend { commit, address: *address, records: BTreeSet::new() };
    mend.beside_storage()?;
    Ok(mend.commit)
}

/// A contract that is being mended, with the records that were rewritten so far.
pub(super) struct Mend<'a> {
    pub(super) commit: Commit<'a>,
    pub(super) address: Address,
    pub(super) records: BTreeSet<Record>,
}

impl Mend<'_> {
    pub(super) fn read(&self) -> Read<'_> {
        self.commit.read()
    }

    pub(super) fn put(&mut self, record: Record, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.records.insert(record);
        self.commit.put(key, value)
    }

    /// Mends everything but the storage. Returns the result of [`account`](Self::account).
    fn beside_storage(&mut self) -> Result<(Account, Option<Moment>), StoreError> {
        self.log()?;
        self.mark()?;
        self.account()
    }
}
