//! One contract that is written anew: what of it, and in which order.

use std::collections::BTreeSet;

use crate::store::lmdb::commit::Commit;
use crate::store::lmdb::environment::Shared;
use crate::store::lmdb::read::Read;
use crate::store::{Account, Mended, Moment, Record, StoreError};
use crate::units::Address;

/// See [`PageStore::mend`](crate::store::PageStore::mend).
pub(in crate::store::lmdb) fn mend(shared: &Shared, address: &Address) -> Result<Mended, StoreError> {
    let mut mend = Mend { commit: Commit::begin(shared)?, address: *address, records: BTreeSet::new() };
    let (account, money_of) = mend.beside_storage()?;
    let is_sound = mend.storage(&account)?;
    let Mend { commit, records, .. } = mend;
    // An account without its pages would be believed.
    if is_sound && !records.is_empty() {
        commit.end("writing anew what was damaged")?;
    }
    Ok(Mended { records: records.into_iter().collect(), money_of, unsound: (!is_sound).then_some(account) })
}

/// Writes anew what is damaged of an account beside its storage, which the same transaction begins anew.
pub(in crate::store::lmdb) fn mend_beside_storage<'a>(
    commit: Commit<'a>,
    address: &Address,
) -> Result<Commit<'a>, StoreError> {
    let mut mend = Mend { commit, address: *address, records: BTreeSet::new() };
    mend.beside_storage()?;
    Ok(mend.commit)
}

/// A contract that is being written anew, and what of it was.
pub(super) struct Mend<'a> {
    pub(super) commit: Commit<'a>,
    pub(super) address: Address,
    pub(super) records: BTreeSet<Record>,
}

impl<'a> Mend<'a> {
    pub(super) fn read(&self) -> Read<'_, lmdb::RwTransaction<'a>> {
        self.commit.read()
    }

    pub(super) fn put(&mut self, record: Record, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.records.insert(record);
        self.commit.put(key, value)
    }

    /// All but the storage. Returns what [`account`](Self::account) does.
    fn beside_storage(&mut self) -> Result<(Account, Option<Moment>), StoreError> {
        self.log()?;
        self.mark()?;
        self.account()
    }
}
