//! Writing anew what is damaged of a contract and follows from something else, in one transaction.
//!
//! ```text
//! what is damaged                what it follows from
//! newest log record              the accounts and events of its moment; its receipt is lost
//! mark                           the oldest account that is kept
//! newest account                 the account before, and the last diff; its balance and nonce are lost
//! page                           all diffs, if they lead from the first version to the state that is recorded
//! tree block, late groups        the pages, if they have the root that is recorded
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::blocks;
use super::commit::Commit;
use super::environment::Shared;
use super::layout::{self, Name};
use super::page::{self, PageRecord};
use super::read::Read;
use crate::store::codec::DecodeError;
use crate::store::hash::{self, ZERO_PAGE};
use crate::store::log::LogRecord;
use crate::store::tree::{self, Block, BlockId, Leaf, NoBlocks};
use crate::store::{Account, Mark, Mended, Moment, Rebuild, Record, StoreError, TreeUpdate};
use crate::units::{Address, PageIndex};

/// See [`PageStore::mend`](crate::store::PageStore::mend).
pub(super) fn mend(shared: &Shared, address: &Address) -> Result<Mended, StoreError> {
    let mut mend = Mend { commit: Commit::begin(shared)?, address: *address, records: BTreeSet::new() };
    mend.head()?;
    mend.mark()?;
    let (account, money_of) = mend.account()?;
    let newest_is_sound = mend.storage(&account)?;
    let Mend { commit, records, .. } = mend;
    if !records.is_empty() {
        commit.end("writing anew what was damaged")?;
    }
    Ok(Mended { records: records.into_iter().collect(), money_of, newest_is_sound })
}

struct Mend<'a> {
    commit: Commit<'a>,
    address: Address,
    records: BTreeSet<Record>,
}

impl<'a> Mend<'a> {
    fn read(&self) -> Read<'_, lmdb::RwTransaction<'a>> {
        self.commit.read()
    }

    fn put(&mut self, record: Record, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.records.insert(record);
        self.commit.put(key, value)
    }

    /// Nothing can be committed behind a log record that cannot be read.
    fn head(&mut self) -> Result<(), StoreError> {
        let head = self.read().head()?;
        if !is_damaged(self.read().log(head))? {
            return Ok(());
        }
        let (mut before, mut last_block) = (Moment::default(), None);
        for entry in self.read().entries(layout::LOG_PREFIX)? {
            let (key, value) = entry?;
            if let Some(Name::Log(moment)) = Name::of(key)
                && moment < head
            {
                before = moment;
                last_block = LogRecord::decode_last_block(key, value).unwrap_or(last_block);
            }
        }
        let mut accounts = BTreeSet::new();
        for owner in self.read().owners()? {
            let changed = self.read().get(&layout::account_key(&owner, head))?.is_some();
            accounts.extend(changed.then_some(owner));
        }
        let accounts = accounts.into_iter().collect();
        let (events, emitted_at) = self.events_of(head)?;
        let last_block = emitted_at.or(last_block);
        let key = layout::log_key(head);
        let log = LogRecord { step_before: before.step, last_block, accounts, events, receipt: None };
        self.put(Record::Log(head), &key, &log.encode(&key))
    }

    /// For how many blocks each event of the newest commit is kept, and the newest block then. None of them has expired.
    fn events_of(&self, head: Moment) -> Result<(Vec<u64>, Option<u64>), StoreError> {
        let (mut kept, mut block) = (BTreeMap::new(), None);
        for entry in self.read().entries(layout::EVENT_PREFIX)? {
            let Ok((name, event)) = blocks::event(entry?) else { continue };
            if Moment::after(name.commit) == head {
                kept.insert(name.number, name.kept_from(event.block));
                block = Some(event.block).filter(|block| *block > 0);
            }
        }
        Ok((kept.into_values().collect(), block))
    }

    fn mark(&mut self) -> Result<(), StoreError> {
        if !is_damaged(self.read().mark(&self.address))? {
            return Ok(());
        }
        let record = Record::Account(self.address);
        let oldest = self.read().entries(&layout::accounts_prefix(&self.address))?.next();
        let (key, value) = oldest.ok_or_else(|| record.damaged(DecodeError::Missing))??;
        let account = Account::decode(key, value).map_err(|problem| record.damaged(problem))?;
        let Some(Name::Account(_, moment)) = Name::of(key) else {
            return Err(record.damaged(DecodeError::Invalid("key")));
        };
        let key = layout::pruned_key(&self.address);
        self.put(Record::Mark(self.address), &key, &Mark { version: account.version, moment }.encode(&key))
    }

    /// The newest account, and the moment that its money is of if it was written anew.
    fn account(&mut self) -> Result<(Account, Option<Moment>), StoreError> {
        let record = Record::Account(self.address);
        let (mut newest, mut unread) = (None, Vec::new());
        for entry in self.read().entries(&layout::accounts_prefix(&self.address))? {
            let (key, value) = entry?;
            match (Name::of(key), Account::decode(key, value)) {
                (Some(Name::Account(_, moment)), Ok(account)) => {
                    newest = Some((moment, account));
                    unread.clear();
                }
                (Some(Name::Account(_, moment)), Err(_)) => unread.push(moment),
                _ => {}
            }
        }
        let (known, mut account) = newest.ok_or_else(|| record.damaged(DecodeError::Missing))?;
        for moment in &unread {
            let diff = if moment.step == 0 { self.read().diff(&self.address, moment.commit) } else { Ok(None) };
            match diff {
                Ok(Some(diff)) => (account.version, account.state) = (diff.version, diff.after),
                Ok(None) => {}
                // It made a version, of which no state is known: no page has the root that stays recorded.
                Err(damage) if damage.is_damage() => account.version.0 += 1,
                Err(error) => return Err(error),
            }
            let key = layout::account_key(&self.address, *moment);
            self.put(record, &key, &account.encode(&key))?;
        }
        Ok((account, (!unread.is_empty()).then_some(known)))
    }

    /// Pages and tree. Returns whether they are of the recorded state then.
    fn storage(&mut self, account: &Account) -> Result<bool, StoreError> {
        let (leaves, whole) = self.leaves()?;
        let mut tree = tree::update(&NoBlocks, TreeUpdate::default(), leaves)?;
        if !whole || tree.root() != account.state {
            let Some(rebuilt) = self.by_diffs(account)? else { return Ok(false) };
            self.write_pages(&rebuilt)?;
            tree = rebuilt.tree()?;
        }
        self.write_tree(&tree)?;
        Ok(true)
    }

    /// What the pages hash to, and whether all could be read.
    fn leaves(&self) -> Result<(Vec<Leaf>, bool), StoreError> {
        let mut leaves: BTreeMap<PageIndex, Leaf> = BTreeMap::new();
        let mut whole = true;
        let mut content = ZERO_PAGE;
        for entry in self.read().entries(&layout::groups_prefix(&self.address))? {
            let (key, value) = entry?;
            let Some(Name::Page(_, page)) = Name::of(key) else { continue };
            let Ok(record) = PageRecord::verify(key, value) else {
                whole = false;
                continue;
            };
            if !record.is_zero() {
                record.copy_to(&mut content);
                let leaf = Leaf::page(page.0, hash::page_hash(&self.address, page, &content).0);
                whole &= leaves.insert(page, leaf).is_none();
            }
        }
        Ok((leaves.into_values().collect(), whole))
    }

    /// The newest state as the diffs make it, if they lead to the one that is recorded.
    fn by_diffs(&self, account: &Account) -> Result<Option<Rebuild>, StoreError> {
        let read = self.read();
        let diff = |commit| read.diff(&self.address, commit);
        match Rebuild::up_to(self.address, account.version, read.head()?.commit, diff) {
            Ok(rebuilt) => {
                let is_it = (rebuilt.version(), rebuilt.root()) == (account.version, account.state);
                Ok(is_it.then_some(rebuilt))
            }
            Err(damage) if damage.is_damage() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write_pages(&mut self, rebuilt: &Rebuild) -> Result<(), StoreError> {
        let address = self.address;
        let expected = |(index, last_change, bytes)| (index, page::page_record(&address, index, last_change, bytes));
        let mut missing: BTreeMap<_, _> = rebuilt.pages().map(expected).collect();
        let mut gone = Vec::new();
        for entry in self.read().entries(&layout::owner_prefix(&address))? {
            let (key, value) = entry?;
            match Name::of(key) {
                Some(Name::Page(_, page)) if missing.get(&page).is_some_and(|it| (&it.0[..], it.1) == (key, value)) => {
                    missing.remove(&page);
                }
                Some(Name::Page(_, page)) => gone.push((Record::Page(address, page), key.to_vec())),
                None => gone.push((Record::Account(address), key.to_vec())),
                Some(_) => {}
            }
        }
        for (record, key) in gone {
            self.records.insert(record);
            self.commit.delete(&key)?;
        }
        missing.iter().try_for_each(|(page, (key, value))| self.put(Record::Page(address, *page), key, value))
    }

    /// Where it is not known which blocks are late, an upper one that is not damaged may be: it is written, and not named.
    fn write_tree(&mut self, tree: &TreeUpdate) -> Result<(), StoreError> {
        let address = self.address;
        self.commit.shared.upper.forget(&address);
        let late_are_known = self.write_late_blocks()?;
        let mut missing: BTreeMap<Vec<u8>, (BlockId, Vec<u8>)> = BTreeMap::new();
        for block in tree.blocks().iter().filter(|block| !block.is_empty()) {
            let key = layout::block_key(&address, block.id);
            missing.insert(key.as_ref().to_vec(), (block.id, block.encode(key.as_ref())));
        }
        let (mut gone, mut damaged) = (Vec::new(), BTreeSet::new());
        for entry in self.read().entries(&layout::owner_prefix(&address))? {
            let (key, value) = entry?;
            let Some(Name::Block(_, id)) = Name::of(key) else { continue };
            if Block::empty(id).decode(key, value).is_err() {
                damaged.insert(id);
            }
            match missing.get(key) {
                Some((_, expected)) if expected == value => _ = missing.remove(key),
                Some(_) => {}
                None => gone.push((id, key.to_vec())),
            }
        }
        let is_late = |id: &BlockId| !late_are_known && id.group().is_none() && !damaged.contains(id);
        let changed = gone.iter().map(|(id, _)| id).chain(missing.values().map(|(id, _)| id));
        self.records.extend(changed.filter(|id| !is_late(id)).map(|id| Record::TreeBlock(address, *id)));
        gone.iter().try_for_each(|(_, key)| self.commit.delete(key))?;
        missing.iter().try_for_each(|(key, (_, value))| self.commit.put(key, value))
    }

    /// Writes the late blocks, so that all are to be as worked out. Returns whether they could be read.
    fn write_late_blocks(&mut self) -> Result<bool, StoreError> {
        let damaged = match self.commit.write_late_blocks(&self.address) {
            Ok(()) => return Ok(true),
            Err(StoreError::Damaged { record, .. }) => record,
            Err(error) => return Err(error),
        };
        if damaged == Record::LateGroups(self.address) {
            self.records.insert(damaged);
        }
        self.commit.delete(&layout::late_groups_key(&self.address))?;
        Ok(false)
    }
}

/// Whether a record cannot be read because it is damaged.
fn is_damaged<T>(read: Result<T, StoreError>) -> Result<bool, StoreError> {
    match read {
        Ok(_) => Ok(false),
        Err(error) if error.is_damage() => Ok(true),
        Err(error) => Err(error),
    }
}
