//! Writing anew what is damaged of a contract and follows from something else, in one transaction.
//!
//! ```text
//! what is damaged                what it follows from
//! log record                     the accounts and events of its moment; its receipt is lost
//! mark                           the oldest account that can be read
//! newest account                 the account before, and the last diff; its balance and nonce are lost. The world tree goes,
//!                                which the next block works out
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

/// Events of one commit of which a log record that is written anew knows: what a number may ask for in memory.
const MOST_EVENTS: u32 = 1 << 20;

/// See [`PageStore::mend`](crate::store::PageStore::mend).
pub(super) fn mend(shared: &Shared, address: &Address) -> Result<Mended, StoreError> {
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
pub(super) fn mend_beside_storage<'a>(commit: Commit<'a>, address: &Address) -> Result<Commit<'a>, StoreError> {
    let mut mend = Mend { commit, address: *address, records: BTreeSet::new() };
    mend.beside_storage()?;
    Ok(mend.commit)
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

    /// All but the storage. Returns what [`account`](Self::account) does.
    fn beside_storage(&mut self) -> Result<(Account, Option<Moment>), StoreError> {
        self.log()?;
        self.mark()?;
        self.account()
    }

    /// Log records: nothing can be committed behind the newest if it cannot be read, and the others belong to no contract alone.
    ///
    /// If a block was made by a damaged commit or the next one, it counts as the damaged one's: no receipt is found by its number
    /// then, and never another's.
    fn log(&mut self) -> Result<(), StoreError> {
        let mut damaged: Vec<(Moment, LogRecord)> = Vec::new();
        // The damaged ones since the last that could be read.
        let mut open = 0;
        let (mut before, mut last_block) = (Moment::default(), None);
        for entry in self.read().entries(layout::LOG_PREFIX)? {
            let (key, value) = entry?;
            let Some(Name::Log(moment)) = Name::of(key) else { continue };
            match LogRecord::decode(key, value) {
                Ok(log) => {
                    last_block = log.last_block;
                    // A deployment or a funding is no block.
                    let from_commit = damaged[open..].iter_mut().skip_while(|(moment, _)| moment.step > 0);
                    from_commit.for_each(|(_, record)| record.last_block = last_block);
                    open = damaged.len();
                }
                Err(_) => {
                    damaged.push((moment, LogRecord { step_before: before.step, last_block, ..LogRecord::default() }))
                }
            }
            before = moment;
        }
        // Events of a later one may say that there was no such block yet.
        let mut following = None;
        for (moment, known) in damaged.into_iter().rev() {
            let mut accounts = Vec::new();
            for owner in self.read().owners()? {
                let changed = self.read().get(&layout::account_key(&owner, moment))?.is_some();
                accounts.extend(changed.then_some(owner));
            }
            let (events, emitted_at) = self.events_of(moment)?;
            let key = layout::log_key(moment);
            let last_block = emitted_at.or(known.last_block);
            let last_block = following.map_or(last_block, |following| last_block.min(following));
            following = Some(last_block);
            let log = LogRecord { last_block, accounts, events, ..known };
            self.put(Record::Log(moment), &key, &log.encode(&key))?;
        }
        Ok(())
    }

    /// For how many blocks each event of a commit is kept, and the newest block then. An event that a block has passed is one that
    /// was kept for a block.
    fn events_of(&self, moment: Moment) -> Result<(Vec<u64>, Option<u64>), StoreError> {
        let (mut kept, mut block) = (Vec::new(), None);
        for entry in self.read().entries(layout::EVENT_PREFIX)? {
            let Ok((name, event)) = blocks::event(entry?) else { continue };
            if Moment::after(name.commit) == moment && name.number < MOST_EVENTS {
                let number = name.number as usize;
                kept.resize(kept.len().max(number + 1), 1);
                kept[number] = name.kept_from(event.block);
                block = Some(event.block).filter(|block| *block > 0);
            }
        }
        Ok((kept, block))
    }

    fn mark(&mut self) -> Result<(), StoreError> {
        if !is_damaged(self.read().mark(&self.address))? {
            return Ok(());
        }
        let mut oldest = None;
        for entry in self.read().entries(&layout::accounts_prefix(&self.address))? {
            let (key, value) = entry?;
            // Of one that cannot be read nothing says which version it is.
            if let (Some(Name::Account(_, moment)), Ok(account)) = (Name::of(key), Account::decode(key, value)) {
                oldest = Some(Mark { version: account.version, moment });
                break;
            }
        }
        let mark = oldest.ok_or_else(|| Record::Account(self.address).damaged(DecodeError::Missing))?;
        let key = layout::pruned_key(&self.address);
        self.put(Record::Mark(self.address), &key, &mark.encode(&key))
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
        if !unread.is_empty() {
            // It may be of the account as it was. The next block works it out from all accounts.
            self.commit.delete_all(layout::WORLD_KEY, |_| true)?;
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
