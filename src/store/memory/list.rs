//! A list of items with their moments.

use super::radix::{FULL_DEPTH, RadixMap};
use crate::store::Moment;

/// A list of items in the order of their moments. Items are added at the end and removed from the front.
#[derive(Debug, Clone)]
pub(super) struct List<T> {
    pub(super) items: RadixMap<(Moment, T), FULL_DEPTH>,
    first: u32,
    pub(super) end: u32,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: RadixMap::default(), first: 0, end: 0 }
    }
}

impl<T: Clone> List<T> {
    pub(super) fn push(&mut self, moment: Moment, item: T) {
        self.items.insert(self.end, (moment, item));
        self.end += 1;
    }

    /// Returns the position of the first item later than a moment.
    fn end_of(&self, moment: Moment) -> u32 {
        let (mut low, mut high) = (self.first, self.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.items.get(middle).is_some_and(|(at, _)| *at <= moment) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Returns the last item that is not later than a moment.
    pub(super) fn at(&self, moment: Moment) -> Option<&(Moment, T)> {
        self.items.get(self.end_of(moment).checked_sub(1)?)
    }

    /// Returns the items later than a moment.
    pub(super) fn after(&self, moment: Moment) -> impl Iterator<Item = &(Moment, T)> {
        (self.end_of(moment)..self.end).filter_map(|at| self.items.get(at))
    }

    /// Removes the oldest item and returns its moment, if that is before `moment`.
    pub(super) fn pop_before(&mut self, moment: Moment) -> Option<Moment> {
        let oldest = self.items.get(self.first).map(|(oldest, _)| *oldest).filter(|oldest| *oldest < moment)?;
        self.items.remove(self.first);
        self.first += 1;
        Some(oldest)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Moment, T)> {
        (self.first..self.end).filter_map(|at| self.items.get(at))
    }
}
