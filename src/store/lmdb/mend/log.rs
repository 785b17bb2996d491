//! Log records, which follow from the accounts and events of their moments.

use super::contract::Mend;
use crate::store::lmdb::blocks;
use crate::store::lmdb::layout::{self, Name};
use crate::store::log::LogRecord;
use crate::store::{Moment, Record, StoreError};

/// Events of one commit of which a log record that is written anew knows: what a number may ask for in memory.
const MOST_EVENTS: u32 = 1 << 20;

impl Mend<'_> {
    /// Log records: nothing can be committed behind the newest if it cannot be read, and the others belong to no contract alone.
    ///
    /// If a block was made by a damaged commit or the next one, it counts as the damaged one's: no receipt is found by its number
    /// then, and never another's.
    pub(super) fn log(&mut self) -> Result<(), StoreError> {
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
}
