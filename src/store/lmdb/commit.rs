//! A commit: one LMDB transaction, so that all of it is stored or nothing.

use lmdb::{Error, WriteFlags};

use super::absence;
use super::environment::Shared;
use super::gate::Inside;
use super::layout::{self, Name};
use super::map;
use super::page::NewPage;
use super::pages::Pages;
use super::read::{self, Read};
use super::source::Source;
use super::writing::Writing;
use crate::store::batch::History;
use crate::store::diff::part::{Part, PartEncoder};
use crate::store::hash::{ChunkSet, ZERO_PAGE};
use crate::store::log::LogRecord;
use crate::store::world::{self, WorldChange};
use crate::store::{Batch, ContractChange, LiveEvent, Moment, PageWrite, StoreError, StoreStatistics};
use crate::units::{Address, CommitNumber, PageBytes, Version};

pub(super) fn commit(shared: &Shared, batch: &Batch<'_>) -> Result<(), StoreError> {
    let mut commit = Commit::begin(shared)?;
    write(&mut commit, batch, History::Continued)?;
    commit.end("committing")
}

/// Writes a batch, and returns the moment that it makes.
pub(super) fn write(commit: &mut Commit<'_>, batch: &Batch<'_>, history: History) -> Result<Moment, StoreError> {
    let read = commit.read();
    let recorded = |address: &Address| Ok(read.account(address)?.map(|(_, account)| account));
    let head = read.head()?;
    let last_block = read.last_block(head)?;
    let moment = batch.verify(head, last_block, recorded)?;
    for (address, _, after) in &batch.accounts {
        let key = layout::account_key(address, moment);
        // The search for the account before led to the place of the new record.
        commit.put_verified(&key, &after.encode(&key))?;
    }
    if let Some((hash, code)) = batch.code {
        commit.put(&layout::code_key(&hash), code)?;
    }
    if let Some(world) = &batch.world {
        commit.write_world(world, moment)?;
    }
    commit.change_events(batch, last_block)?;
    let key = layout::log_key(moment);
    commit.append(&key, &LogRecord::of(batch, head, last_block).encode(&key))?;
    // The records of the log and of diffs are appended, so they must be written in the order of their keys.
    let mut contracts: Vec<_> = batch.contracts.iter().collect();
    contracts.sort_unstable_by_key(|change| change.address);
    for change in contracts {
        commit.change(moment.commit, batch.version_of(&change.address), change, history)?;
    }
    Ok(moment)
}

/// What a new record of a page replaced.
struct Replaced {
    changed: ChunkSet,
    /// The commit that wrote the old record, or 0 if there was none.
    last_change: CommitNumber,
}

/// The write transaction of a commit.
pub(super) struct Commit<'a> {
    pub(super) shared: &'a Shared,
    /// Declared before `_inside`, so that it is dropped first.
    writing: Writing<'a>,
    /// The pages of the commit before. All of them stay as they are until this one is done.
    before: Pages,
    /// True if what is read is what this transaction wrote, rather than what was recorded before it.
    reads_its_writes: bool,
    _inside: Inside<&'a Shared>,
}

impl<'a> Commit<'a> {
    pub(super) fn begin(shared: &'a Shared) -> Result<Self, StoreError> {
        if shared.reservation.is_none() {
            shared.pages.verify_length()?;
        }
        let begin = |environment| Writing::begin(environment, shared.records, shared.reservation.as_deref());
        let (writing, _inside) = map::begin(shared, || shared, "beginning a commit", begin)?;
        let before = shared.pages.of_commit(writing.number().saturating_sub(1), Some(writing.entries()))?;
        let before = before.ok_or_else(|| shared.error("beginning a commit")(Error::Corrupted))?;
        Ok(Self { shared, writing, before, reads_its_writes: false, _inside })
    }

    /// Begins a commit that reads what it wrote. Verifies the whole table.
    pub(super) fn begin_mending(shared: &'a Shared) -> Result<Self, StoreError> {
        let commit = Self::begin(shared)?;
        commit.before.tree().verify_all()?;
        Ok(Self { reads_its_writes: true, ..commit })
    }

    pub(super) fn read(&self) -> Read<'_> {
        let source = match self.reads_its_writes {
            true => Source::Transaction(self.shared, &self.writing.transaction),
            false => Source::Pages(self.before.tree()),
        };
        Read { shared: self.shared, source }
    }

    pub(super) fn end(self, attempted: &'static str) -> Result<(), StoreError> {
        self.writing.commit().map_err(self.shared.error(attempted))
    }

    pub(super) fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.before.tree().verify_put(key)?;
        self.put_verified(key, value)
    }

    /// Puts a record at a place to which a search in this transaction led, so that the pages on the way to it are verified.
    fn put_verified(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        count_written(key, value);
        self.writing.put(key, value, WriteFlags::empty()).map_err(self.shared.error("writing"))
    }

    /// Writes a record whose key is after all other keys in the table. So LMDB fills leaves, instead of splitting them in half. The
    /// search for the head led to the end of the table.
    fn append(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        count_written(key, value);
        self.writing.put(key, value, WriteFlags::APPEND).map_err(self.shared.error("writing the log"))
    }

    pub(super) fn delete(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.before.tree().verify_delete(key)?;
        match self.writing.delete(key) {
            Ok(()) => {
                StoreStatistics::count(|done| done.records_deleted += 1);
                Ok(())
            }
            Err(Error::NotFound) => Ok(()),
            Err(error) => Err(self.shared.error("deleting")(error)),
        }
    }

    /// Deletes the records whose keys begin with `prefix` and for whose names `is` returns true. An unknown key has the name `None`.
    pub(super) fn delete_all(&mut self, prefix: &[u8], is: impl Fn(Option<Name>) -> bool) -> Result<(), StoreError> {
        let mut keys = Vec::new();
        for entry in self.read().entries(prefix)? {
            let (key, _) = entry?;
            keys.extend(is(Name::of(key)).then(|| key.to_vec()));
        }
        keys.iter().try_for_each(|key| self.delete(key))
    }

    /// Writes the changes of a new version of a contract: its pages, its diff and its tree.
    fn change(
        &mut self,
        commit: CommitNumber,
        version: Version,
        change: &ContractChange<'_>,
        history: History,
    ) -> Result<(), StoreError> {
        let mut parts = PartEncoder::new(commit, version, change);
        let mut old = ZERO_PAGE;
        for write in &change.pages {
            let Replaced { changed, last_change } = self.replace_page(&change.address, write, commit, &mut old)?;
            if history == History::Continued
                && let Some(part) = parts.page(write, &old, changed, last_change)?
            {
                self.append_part(&change.address, commit, part)?;
            }
        }
        if history == History::Continued {
            self.append_part(&change.address, commit, parts.finish())?;
        }
        self.write_tree(version, change)
    }

    /// Replaces the record of a page, and puts the bytes of the old record into `before`.
    fn replace_page(
        &mut self,
        address: &Address,
        write: &PageWrite<'_>,
        commit: CommitNumber,
        before: &mut PageBytes,
    ) -> Result<Replaced, StoreError> {
        let old = read::find_page(&self.read().source, address, write.page)?;
        let (last_change, present) = match &old {
            Some((_, record)) => {
                record.copy_to(before);
                (record.last_change, record.present)
            }
            None => {
                // A transaction that mends can have deleted the page, but not yet the account that names it.
                if !self.reads_its_writes {
                    absence::verify_no_page(&self.read().source, address, write.page)?;
                }
                *before = ZERO_PAGE;
                (CommitNumber(0), ChunkSet::default())
            }
        };
        let changed = ChunkSet::between(before, write.bytes);
        let present = present.after(changed, write.bytes);
        let new = NewPage::with_chunks(address, write.page, commit, write.bytes, present);
        match old.map(|((key, _), _)| key) {
            Some(key) if key == new.key.as_ref() => self.put_verified(new.key.as_ref(), new.value())?,
            other => {
                if let Some(key) = other.map(<[u8]>::to_vec) {
                    self.delete(&key)?;
                }
                // Finding the page, or deleting its record, led to every place that a key with the name of the page can have.
                self.put_verified(new.key.as_ref(), new.value())?;
            }
        }
        Ok(Replaced { changed, last_change })
    }

    fn append_part(&mut self, address: &Address, commit: CommitNumber, mut part: Part) -> Result<(), StoreError> {
        let key = layout::diff_key(address, commit, part.first);
        self.append(&key, &part.body.seal(&key))
    }

    fn write_world(&mut self, world: &WorldChange, moment: Moment) -> Result<(), StoreError> {
        for block in &world.update.blocks {
            let key = layout::world_block_key(block.id());
            if block.is_empty() { self.delete(&key)? } else { self.put(&key, &block.encode())? }
        }
        self.put(layout::WORLD_KEY, &world::encode_mark(layout::WORLD_KEY, moment))
    }

    /// Writes the events of a batch, and deletes the events that expire if the batch is a block.
    fn change_events(&mut self, batch: &Batch<'_>, last_block: Option<u64>) -> Result<(), StoreError> {
        if let Some(block) = batch.block {
            for key in self.read().events_expired_by(block)? {
                self.delete(&key)?;
            }
        }
        for (name, block, event) in batch.emitted(last_block) {
            let key = layout::event_key(name);
            self.put(&key, &LiveEvent::encode(&key, block, event))?;
        }
        Ok(())
    }
}

fn count_written(key: &[u8], value: &[u8]) {
    StoreStatistics::count(|done| {
        done.records_written += 1;
        done.bytes_written += (key.len() + value.len()) as u64;
    });
}
