//! Records of commits: receipts, blocks and events.

use super::error::Error;
use super::handle::Vm;
use crate::receipt::{Block, Event, Receipt, Recorded, RecordedEvent, decode_event, decode_record};
use crate::store::{DecodeError, LiveEvent, Snapshot, commit_of_block};
use crate::units::{Address, CommitNumber};

impl Vm {
    /// Returns the record of a commit: the receipt of a call, or a block.
    ///
    /// # Errors
    /// Returns [`Error::ReceiptRecord`] if the record cannot be read, or another error if the store fails.
    pub fn recorded(&self, commit: CommitNumber) -> Result<Option<Recorded>, Error> {
        recorded(&*self.shared.store.snapshot()?, commit)
    }

    /// Returns the receipt of a commit; `None` if it is a block: see [`recorded`](Self::recorded).
    ///
    /// # Errors
    /// Returns the errors of [`recorded`](Self::recorded).
    pub fn receipt(&self, commit: CommitNumber) -> Result<Option<Receipt>, Error> {
        match self.recorded(commit)? {
            Some(Recorded::Call(receipt)) => Ok(Some(receipt)),
            Some(Recorded::Block(_)) | None => Ok(None),
        }
    }

    /// Returns the record of a block.
    ///
    /// # Errors
    /// Returns the errors of [`recorded`](Self::recorded).
    pub fn block(&self, number: u64) -> Result<Option<Block>, Error> {
        let snapshot = self.shared.store.snapshot()?;
        let Some(commit) = commit_of_block(&*snapshot, number)? else { return Ok(None) };
        match recorded(&*snapshot, commit)? {
            Some(Recorded::Block(block)) => Ok(Some(block)),
            _ => Err(Error::ReceiptRecord { commit, reason: "it is not a block".to_owned() }),
        }
    }

    /// Returns the number of the newest block; `None` if there is no block yet.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    pub fn last_block(&self) -> Result<Option<u64>, Error> {
        let snapshot = self.shared.store.snapshot()?;
        Ok(snapshot.last_block(snapshot.head()?)?)
    }

    /// Returns the events that have not expired, in the order in which they were emitted. `contract` and `topic` restrict them.
    /// An event of block `b` that expires after `n` blocks expires with the first block whose number is at least `b + n`. Its
    /// receipt keeps it for ever.
    ///
    /// # Errors
    /// Returns the errors of [`recorded`](Self::recorded).
    pub fn events(&self, contract: Option<&Address>, topic: Option<&[u8; 32]>) -> Result<Vec<RecordedEvent>, Error> {
        let is_selected = |event: &Event| {
            contract.is_none_or(|contract| event.contract == *contract)
                && topic.is_none_or(|topic| event.topics.contains(topic))
        };
        let mut events = Vec::new();
        for LiveEvent { commit, block, event, .. } in self.shared.store.events()? {
            let event = decode_event(&event).map_err(unreadable(commit))?;
            if is_selected(&event) {
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

/// Returns the error for a record that cannot be decoded.
fn unreadable(commit: CommitNumber) -> impl Fn(DecodeError) -> Error {
    move |problem| Error::ReceiptRecord { commit, reason: problem.to_string() }
}
