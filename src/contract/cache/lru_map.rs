//! A bounded map that drops the least recently used value.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;

/// A map of at most `capacity` values. To drop a value takes time proportional to the capacity, which is small.
#[derive(Debug)]
pub(super) struct LruMap<K, V> {
    capacity: usize,
    clock: u64,
    entries: HashMap<K, (u64, V), RandomState>,
}

impl<K: Copy + Eq + Hash, V: Clone> LruMap<K, V> {
    pub fn new(capacity: usize) -> Self {
        Self { capacity, clock: 0, entries: HashMap::default() }
    }

    /// Returns the value of a key and marks it as the most recently used.
    pub fn get_or_insert_with(&mut self, key: K, value: impl FnOnce() -> V) -> V {
        self.clock += 1;
        if let Some((used, value)) = self.entries.get_mut(&key) {
            *used = self.clock;
            return value.clone();
        }
        if self.entries.len() >= self.capacity {
            let oldest = self.entries.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| *key);
            if let Some(oldest) = oldest {
                self.entries.remove(&oldest);
            }
        }
        let value = value();
        self.entries.insert(key, (self.clock, value.clone()));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_value_is_dropped() {
        let mut map = LruMap::new(2);
        let mut made = Vec::new();
        for key in ["a", "b", "a", "c", "a", "b"] {
            map.get_or_insert_with(key, || made.push(key));
        }
        assert_eq!(made, ["a", "b", "c", "b"], "only b was dropped, when c was inserted");
        assert_eq!(map.entries.len(), 2);
    }
}
