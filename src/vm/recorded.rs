//! What was recorded of commits.

use super::error::Error;
use super::handle::Vm;
use crate::receipt::{Block, Event, Receipt, Recorded, RecordedEvent, decode_event, decode_record};
use crate::store::{DecodeError, LiveEvent, Snapshot, commit_of_block};
use crate::units::{Address, CommitNumber};

impl Vm {
    /// What was recorded of a commit, whether it was a call or a block of them.
    ///
    /// # Errors
    /// [`Error::ReceiptRecord`] is a record that cannot be read; else the store has failed.
    pub fn recorded(&self, commit: CommitNumber) -> Result<Option<Recorded>, Error> {
        recorded(&*self.shared.store.snapshot()?, commit)
    }

    /// The receipt of a commit; nothing for one that is a block: see [`recorded`](Self::recorded).
    ///
    /// # Errors
    /// As [`recorded`](Self::recorded).
    pub fn receipt(&self, commit: CommitNumber) -> Result<Option<Receipt>, Error> {
        match self.recorded(commit)? {
            Some(Recorded::Call(receipt)) => Ok(Some(receipt)),
            Some(Recorded::Block(_)) | None => Ok(None),
        }
    }

    /// What was recorded of a block.
    ///
    /// # Errors
    /// As [`recorded`](Self::recorded).
    pub fn block(&self, number: u64) -> Result<Option<Block>, Error> {
        let snapshot = self.shared.store.snapshot()?;
        let Some(commit) = commit_of_block(&*snapshot, number)? else { return Ok(None) };
        match recorded(&*snapshot, commit)? {
            Some(Recorded::Block(block)) => Ok(Some(block)),
            _ => Err(Error::ReceiptRecord { commit, reason: "it is not that of a block".to_owned() }),
        }
    }

    /// The number of the newest block, if there is one.
    ///
    /// # Errors
    /// The store has failed.
    pub fn last_block(&self) -> Result<Option<u64>, Error> {
        let snapshot = self.shared.store.snapshot()?;
        Ok(snapshot.last_block(snapshot.head()?)?)
    }

    /// The events that have not expired, of a contract or of all, with a topic or with any, in the order in which they
    /// were emitted. An event expires with the first block whose number is at least that of its own and as many more as
    /// it is kept for. Its receipt has it for ever.
    ///
    /// # Errors
    /// As [`recorded`](Self::recorded).
    pub fn events(&self, contract: Option<&Address>, topic: Option<&[u8; 32]>) -> Result<Vec<RecordedEvent>, Error> {
        let wanted = |event: &Event| {
            contract.is_none_or(|contract| event.contract == *contract)
                && topic.is_none_or(|topic| event.topics.contains(topic))
        };
        let mut events = Vec::new();
        for LiveEvent { commit, block, event, .. } in self.shared.store.events()? {
            let event = decode_event(&event).map_err(unreadable(commit))?;
            if wanted(&event) {
                events.push(RecordedEvent { event, commit, block });
            }
        }
        Ok(events)
    }
}

fn recorded(snapshot: &dyn Snapshot, commit: CommitNumber) -> Result<Option<Recorded>, Error> {
    let Some(bytes) = snapshot.receipt(commit)? else { return Ok(None) };
    decode_record(&bytes).map(Some).map_err(unreadable(commit))
}

/// A record that is none of this program's.
fn unreadable(commit: CommitNumber) -> impl Fn(DecodeError) -> Error {
    move |problem| Error::ReceiptRecord { commit, reason: problem.to_string() }
}
