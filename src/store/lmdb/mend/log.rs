//! Mends log records, which follow from the accounts and events of their moments.

use super::contract::Mend;
use crate::store::lmdb::blocks;
use crate::store::lmdb::layout::{self, Name};
use crate::store::log::LogRecord;
use crate::store::{Moment, Record, StoreError};

/// Limit on the number of events in a mended log record, so that an event's index cannot cause a large allocation.
const MAX_EVENTS: u32 = 1 << 20;

impl Mend<'_> {
    /// Mends all damaged log records, because no single contract owns them. The store cannot commit while the newest one is damaged.
    ///
    /// If either a damaged commit or the next one made a block, the block is assigned to the damaged commit. Then a search for the
    /// block's receipt finds none, but never that of a different block.
    pub(super) fn log(&mut self) -> Result<(), StoreError> {
        let mut damaged: Vec<(Moment, LogRecord)> = Vec::new();
        // Index of the first damaged record after the last readable one.
        let mut open = 0;
        let (mut before, mut last_block) = (Moment::default(), None);
        for entry in self.read().entries(layout::LOG_PREFIX)? {
            let (key, value) = entry?;
            let Some(Name::Log(moment)) = Name::of(key) else { continue };
            match LogRecord::decode(key, value) {
                Ok(log) => {
                    last_block = log.last_block;
                    // A deployment or a funding is not a block.
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
        // The events of a later moment may show that the block did not exist yet.
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

    /// Returns the number of blocks for which each event of a commit is kept, and the newest block when they were emitted. An event
    /// without a record has expired, and counts as kept for one block.
    fn events_of(&self, moment: Moment) -> Result<(Vec<u64>, Option<u64>), StoreError> {
        let (mut kept, mut block) = (Vec::new(), None);
        for entry in self.read().entries(layout::EVENT_PREFIX)? {
            let Ok((name, event)) = blocks::event(entry?) else { continue };
            if Moment::after(name.commit) == moment && name.number < MAX_EVENTS {
                let number = name.number as usize;
                kept.resize(kept.len().max(number + 1), 1);
                kept[number] = name.kept_from(event.block);
                block = Some(event.block).filter(|block| *block > 0);
            }
        }
        Ok((kept, block))
    }
}
