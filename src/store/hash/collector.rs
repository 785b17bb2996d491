//! Hashing many messages of one length.

use super::lanes::{LANES, VectorUnit};
use super::sha256::{Hash, Message, sha256};

/// With fewer messages than this, hashing them one by one takes less time.
pub(super) const FEWEST_AT_ONCE: usize = 10;

/// Collects messages of one length, each with the place of its hash, and hashes many at once.
pub(super) struct Collector<P, const BLOCKS: usize> {
    unit: Option<VectorUnit>,
    places: Vec<P>,
    messages: Vec<Message<BLOCKS>>,
}

impl<P, const BLOCKS: usize> Collector<P, BLOCKS> {
    pub(super) fn new() -> Self {
        Self { unit: VectorUnit::detect(), places: Vec::new(), messages: Vec::new() }
    }

    /// Adds a message. Calls `put` with places and hashes, now or later.
    pub(super) fn add(&mut self, place: P, message: Message<BLOCKS>, put: impl FnMut(P, Hash)) {
        self.places.push(place);
        self.messages.push(message);
        if self.messages.len() == LANES {
            self.flush(put);
        }
    }

    /// Calls `put` for all messages that are left.
    pub(super) fn flush(&mut self, mut put: impl FnMut(P, Hash)) {
        match self.unit {
            Some(unit) if self.messages.len() >= FEWEST_AT_ONCE => {
                self.messages.resize(LANES, [[0; 64]; BLOCKS]);
                if let Some(messages) = self.messages.first_chunk() {
                    self.places.drain(..).zip(unit.hash(messages)).for_each(|(place, hash)| put(place, hash));
                }
            }
            _ => self.places.drain(..).zip(&self.messages).for_each(|(place, message)| put(place, sha256(message))),
        }
        self.messages.clear();
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::super::sha256::message;
    use super::*;

    proptest::proptest! {
        #[test]
        fn messages_that_are_collected_have_the_hashes_of_their_parts(
            chunks in proptest::collection::vec(proptest::prelude::any::<[u8; 512]>(), 0..40),
        ) {
            let mut collector = Collector::<usize, 9>::new();
            let mut hashes = vec![[0; 32]; chunks.len()];
            for (place, chunk) in chunks.iter().enumerate() {
                collector.add(place, message(7, &[place as u8; 24], chunk), |place, hash| hashes[place] = hash);
            }
            collector.flush(|place, hash| hashes[place] = hash);
            for (place, chunk) in chunks.iter().enumerate() {
                proptest::prop_assert_eq!(hashes[place], expected(place, chunk));
            }
        }
    }

    fn expected(place: usize, chunk: &[u8]) -> Hash {
        Sha256::new().chain_update([7]).chain_update([place as u8; 24]).chain_update(chunk).finalize().into()
    }
}
