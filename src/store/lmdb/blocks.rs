//! Reading the records of blocks: the world tree and the live events.

use std::collections::BTreeSet;

use super::layout::{self, Name};
use super::read::Read;
use super::snapshot::LmdbSnapshot;
use super::source::Entry;
use crate::store::codec::DecodeError;
use crate::store::event::EventName;
use crate::store::log::LogRecord;
use crate::store::world::{self, KeptWorld, WorldBlock, WorldBlockId, WorldBlocks};
use crate::store::{LiveEvent, Moment, Record, StoreError};
use crate::units::Address;

impl Read<'_> {
    /// Returns the accounts that changed after a moment.
    pub(super) fn changed_after(&self, moment: Moment) -> Result<BTreeSet<Address>, StoreError> {
        let start = layout::log_key(Moment { step: moment.step.saturating_add(1), ..moment });
        let mut changed = BTreeSet::new();
        for entry in self.entries_from(&start, layout::LOG_PREFIX)? {
            let (key, record) = entry?;
            if let Some(Name::Log(moment)) = Name::of(key) {
                let log = LogRecord::decode(key, record).map_err(|problem| Record::Log(moment).damaged(problem))?;
                changed.extend(log.accounts);
            }
        }
        Ok(changed)
    }

    pub(super) fn world_moment(&self) -> Result<Moment, StoreError> {
        match self.get(layout::WORLD_KEY)? {
            Some(record) => {
                world::decode_mark(layout::WORLD_KEY, record).map_err(|problem| Record::WorldMark.damaged(problem))
            }
            None => match self.get(&layout::world_block_key(WorldBlockId::TOP))? {
                Some(_) => Err(Record::WorldMark.damaged(DecodeError::Missing)),
                None => Ok(Moment::default()),
            },
        }
    }

    pub(super) fn world_block(&self, id: WorldBlockId) -> Result<Option<WorldBlock>, StoreError> {
        let Some(record) = self.get(&layout::world_block_key(id))? else { return Ok(None) };
        WorldBlock::decode(id, record).map(Some).map_err(|problem| Record::WorldBlock(id).damaged(problem))
    }

    pub(super) fn events(&self) -> Result<Vec<LiveEvent>, StoreError> {
        let mut events = Vec::new();
        for entry in self.entries(layout::EVENT_PREFIX)? {
            events.push(event(entry?)?.1);
        }
        events.sort_by_key(|event| (event.commit, event.number));
        Ok(events)
    }

    /// Returns the keys of the events that a block deletes: the expired ones and those with invalid keys.
    pub(super) fn events_expired_by(&self, block: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut keys = Vec::new();
        for entry in self.entries(layout::EVENT_PREFIX)? {
            let (key, _) = entry?;
            match Name::of(key) {
                Some(Name::Event(name)) if name.expires > block => break,
                _ => keys.push(key.to_vec()),
            }
        }
        Ok(keys)
    }
}

/// Decodes an event and its key.
pub(super) fn event((key, record): Entry<'_>) -> Result<(EventName, LiveEvent), StoreError> {
    let Some(Name::Event(name)) = Name::of(key) else {
        return Err(Record::Table("events").damaged(DecodeError::Invalid("key")));
    };
    let event = LiveEvent::decode(key, record, name);
    let event = event.map_err(|problem| Record::Event(name.commit, name.number).damaged(problem))?;
    Ok((name, event))
}

impl WorldBlocks for LmdbSnapshot {
    fn read(&self, id: WorldBlockId) -> Result<Option<WorldBlock>, StoreError> {
        self.read()?.world_block(id)
    }
}

impl KeptWorld for LmdbSnapshot {
    fn world_moment(&self) -> Result<Moment, StoreError> {
        self.read()?.world_moment()
    }

    fn changed_after(&self, moment: Moment) -> Result<BTreeSet<Address>, StoreError> {
        self.read()?.changed_after(moment)
    }
}
