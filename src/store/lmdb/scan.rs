//! Reading all records of a store, for its check. The error of an invalid record names it as exactly as its key allows.

use std::collections::BTreeSet;

use super::blocks;
use super::layout::{self, Name};
use super::page::PageRecord;
use super::read::{Read, decode_diff};
use super::snapshot::LmdbSnapshot;
use super::source::Entry;
use crate::store::codec::DecodeError;
use crate::store::hash::{self, ZERO_PAGE};
use crate::store::log::LogRecord;
use crate::store::scan::{Found, Scan, Table, Visit};
use crate::store::tree::Block;
use crate::store::world::{self, WorldBlock};
use crate::store::{Account, Mark, Moment, Record, StoreError};
use crate::units::{Address, CodeHash, CommitNumber, PageIndex};

impl Scan for LmdbSnapshot {
    fn head(&self) -> Result<Moment, StoreError> {
        self.read()?.head()
    }

    fn scan(&self, table: Table, owner: Option<&Address>, visit: Visit<'_>) {
        let read = match self.read() {
            Ok(read) => read,
            Err(error) => return visit(Err(error)),
        };
        let prefix = match (table, owner) {
            (Table::Blocks, Some(owner)) => return blocks_of_tree(&read, owner, visit),
            (Table::Pages, Some(owner)) => layout::owner_prefix(owner).to_vec(),
            (Table::Accounts, _) => layout::FIRST_OWNER.to_vec(),
            (Table::Code, _) => layout::CODE_PREFIX.to_vec(),
            (Table::World, _) => layout::WORLD_KEY.to_vec(),
            (Table::Events, _) => layout::EVENT_PREFIX.to_vec(),
            (Table::Log, _) => layout::LOG_PREFIX.to_vec(),
            _ => Vec::new(),
        };
        let entries = match read.entries(&prefix) {
            Ok(entries) => entries,
            Err(error) => return visit(Err(error)),
        };
        let mut diff = WholeDiff::default();
        for entry in entries {
            match entry {
                Ok(entry) => visit_entry(table, entry, &mut diff, visit),
                Err(error) => {
                    visit(Err(error));
                    break;
                }
            }
        }
        diff.end(visit);
    }

    fn owners(&self) -> Result<BTreeSet<Address>, StoreError> {
        self.read()?.owners()
    }
}

fn visit_entry<'t>(table: Table, entry: Entry<'t>, diff: &mut WholeDiff<'t>, visit: Visit<'_>) {
    let (key, value) = entry;
    match (table, Name::of(key)) {
        (Table::Accounts, Some(Name::Account(address, moment))) => visit(account(key, value, address, moment)),
        (Table::Accounts, Some(Name::Pruned(address))) => {
            let mark = Mark::decode(key, value).map_err(|problem| Record::Mark(address).damaged(problem));
            visit(mark.map(|mark| Found::Mark(address, mark)));
        }
        (Table::Code, Some(Name::Code(hash))) => visit(code(value, hash)),
        (Table::Pages, Some(Name::Page(address, page))) => visit_page(entry, address, page, visit),
        (Table::Log, Some(Name::Log(moment))) => {
            diff.end(visit);
            let log = LogRecord::decode(key, value).map_err(|problem| Record::Log(moment).damaged(problem));
            visit(log.map(|log| Found::Log(moment, log)));
        }
        (Table::Log, Some(Name::Diff(address, commit, _))) => {
            if diff.name != Some((address, commit)) {
                diff.end(visit);
                diff.name = Some((address, commit));
            }
            diff.parts.push(entry);
        }
        (Table::World, Some(Name::WorldMark)) => {
            let moment = world::decode_mark(key, value).map_err(|problem| Record::WorldMark.damaged(problem));
            visit(moment.map(Found::WorldMark));
        }
        (Table::World, Some(Name::WorldBlock(id))) => {
            let block = WorldBlock::decode(id, value).map_err(|problem| Record::WorldBlock(id).damaged(problem));
            visit(block.map(|block| Found::WorldBlock(Box::new(block))));
        }
        (Table::Events, Some(Name::Event(_))) => {
            visit(blocks::event(entry).map(|(name, event)| Found::Event(name, event.block)));
        }
        (Table::Strays, None) => {
            let record = layout::owner(key).map_or(Record::Table(table.name()), Record::Account);
            visit(Err(record.damaged(DecodeError::Invalid("key"))));
        }
        _ => {}
    }
}

fn account(key: &[u8], value: &[u8], address: Address, moment: Moment) -> Result<Found<'static>, StoreError> {
    let account = Account::decode(key, value).map_err(|problem| Record::Account(address).damaged(problem));
    account.map(|account| Found::Account(address, moment, account))
}

fn code(value: &[u8], hash: CodeHash) -> Result<Found<'static>, StoreError> {
    let is_sound = hash::code_hash(value) == hash;
    if is_sound { Ok(Found::Code(hash)) } else { Err(Record::Code(hash).damaged(DecodeError::Hash)) }
}

fn visit_page((key, value): Entry<'_>, address: Address, page: PageIndex, visit: Visit<'_>) {
    match PageRecord::verify(key, value) {
        Err(problem) => visit(Err(Record::Page(address, page).damaged(problem))),
        Ok(record) => {
            let mut content = ZERO_PAGE;
            record.copy_to(&mut content);
            let content = (!record.is_zero()).then_some(&content);
            visit(Ok(Found::Page(page, record.last_change, content)));
        }
    }
}

/// Visits the current blocks of a tree. Blocks above late groups are computed, because their records are out of date.
fn blocks_of_tree(read: &Read<'_>, owner: &Address, visit: Visit<'_>) {
    let head = read.tree_head(owner);
    if let Ok(head) = &head {
        visit(Ok(Found::TreeDepth(head.depth)));
    }
    let late = head.and_then(|head| read.late_blocks(owner, &head));
    let is_late = |id| late.as_ref().is_ok_and(|late| late.as_ref().is_some_and(|late| late.find(id).is_some()));
    let prefix = layout::owner_prefix(owner);
    let entries = match read.entries(&prefix) {
        Ok(entries) => entries,
        Err(error) => return visit(Err(error)),
    };
    let mut damaged = BTreeSet::new();
    for entry in entries {
        let (key, value) = match entry {
            Ok(entry) => entry,
            Err(error) => return visit(Err(error)),
        };
        let Some(Name::Block(_, id)) = Name::of(key) else { continue };
        let mut block = Box::new(Block::empty(id));
        match block.decode(key, value) {
            // If the late groups are unknown, any upper block may be out of date.
            Ok(()) if is_late(id) || (late.is_err() && id.group().is_none()) => {}
            Ok(()) => visit(Ok(Found::Block(block))),
            Err(problem) => {
                damaged.insert(Record::TreeBlock(*owner, id));
                visit(Err(Record::TreeBlock(*owner, id).damaged(problem)));
            }
        }
    }
    match late {
        Ok(None) => {}
        Ok(Some(late)) => {
            for block in late.blocks().iter().filter(|block| !block.is_empty()) {
                visit(Ok(Found::Block(Box::new(block.clone()))));
            }
        }
        Err(StoreError::Damaged { record, .. }) if damaged.contains(&record) => {}
        Err(error) => visit(Err(error)),
    }
}

/// Collects the parts of a diff.
#[derive(Default)]
struct WholeDiff<'t> {
    name: Option<(Address, CommitNumber)>,
    parts: Vec<Entry<'t>>,
}

impl WholeDiff<'_> {
    /// Visits the collected diff, if there is one.
    fn end(&mut self, visit: Visit<'_>) {
        if let Some((address, commit)) = self.name.take() {
            visit(decode_diff(&address, commit, &self.parts).map(|diff| Found::Diff(address, diff)));
            self.parts.clear();
        }
    }
}
