//! Recycled memory: page tables and own memories of dropped instances, for the next instance.
//!
//! A new page table or own memory costs three system calls, and a fault in the kernel for each page that is touched. That
//! is more than everything else in making an instance of a contract.

use std::sync::{Arc, Mutex, PoisonError};
use std::{io, mem};

use super::reservation::Reservation;
use crate::contract::StoragePlace;
use crate::units::PageCount;

/// Maximum number of kept page tables, and of kept own memories. The oldest is dropped first. Each takes 4 GiB of address
/// space. A page table takes up to 1 MiB of memory, an own memory up to [`MAX_BYTES`].
const MAX_RECYCLED: usize = 128;

/// Size of the largest own memory that is kept: to clear a larger one takes longer than to make it.
const MAX_BYTES: usize = 256 << 10;

/// The entries of an untouched page table: `entry` for the pages of storage below the limit, 0 beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Untouched {
    pub(super) entry: u8,
    pub(super) limit: PageCount,
    pub(super) place: StoragePlace,
}

/// Reservations that wait for the next instance. One of them may still have a wasm memory that is about to be dropped.
#[derive(Debug)]
struct Recycler<K>(Mutex<Vec<(K, Arc<Reservation>)>>);

static TABLES: Recycler<Untouched> = Recycler(Mutex::new(Vec::new()));
static OWN_MEMORIES: Recycler<()> = Recycler(Mutex::new(Vec::new()));

impl<K: PartialEq> Recycler<K> {
    fn put(&self, kind: K, memory: Arc<Reservation>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = (kept.len() == MAX_RECYCLED).then(|| kept.remove(0));
        kept.push((kind, memory));
        drop(kept);
        // Unmapping is slow, so it follows the release of the lock.
        drop(oldest);
    }

    fn clear(&self) {
        let kept = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        drop(kept);
    }

    /// Takes the most recent reservation of this process of a kind and size that has no other owner.
    fn take(&self, kind: &K, accessible: usize) -> Option<Arc<Reservation>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter_mut().rposition(|(known, memory)| {
            known == kind && memory.accessible() == accessible && memory.is_here() && Arc::get_mut(memory).is_some()
        })?;
        Some(kept.remove(at).1)
    }
}

/// Makes a reservation. If there is too little address space for it, the kept memories are dropped first.
///
/// # Errors
/// Returns the error of [`Reservation::new`].
pub(super) fn reserve(accessible: usize) -> io::Result<Arc<Reservation>> {
    let reserved = Reservation::new(accessible).or_else(|_| {
        TABLES.clear();
        OWN_MEMORIES.clear();
        Reservation::new(accessible)
    });
    reserved.map(Arc::new)
}

/// Takes the memory of a page table whose entries are all untouched.
pub(super) fn take_table(untouched: Untouched, accessible: usize) -> Option<Arc<Reservation>> {
    TABLES.take(&untouched, accessible)
}

/// Keeps the memory of a page table, whose entries must all be untouched.
pub(super) fn put_table(untouched: Untouched, memory: Arc<Reservation>) {
    TABLES.put(untouched, memory);
}

/// Takes an own memory of this size, filled with zeros.
pub(super) fn take_own_memory(accessible: usize) -> Option<Arc<Reservation>> {
    if accessible > MAX_BYTES {
        return None;
    }
    let mut memory = OWN_MEMORIES.take(&(), accessible)?;
    Arc::get_mut(&mut memory)?.clear();
    Some(memory)
}

/// Keeps an own memory, whatever it contains.
pub(super) fn put_own_memory(memory: Arc<Reservation>) {
    if memory.accessible() <= MAX_BYTES && !memory.is_part() {
        OWN_MEMORIES.put((), memory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_STORAGE_PAGES;
    use crate::paging::page_table::{Access, PageTable};
    use crate::units::PageIndex;

    /// A size and a limit that no other test uses: all tests share the recyclers.
    const SIZE: usize = 3 << 16;
    const LIMIT: PageCount = PageCount(77);

    fn memory() -> Arc<Reservation> {
        Arc::new(Reservation::new(SIZE).unwrap())
    }

    #[test]
    fn an_own_memory_is_filled_with_zeros_before_it_is_used_again() {
        let memory = memory();
        let start = memory.start();
        // SAFETY: the bytes are accessible, and nothing else refers to them.
        unsafe { start.as_ptr().write_bytes(0xA5, SIZE) };
        put_own_memory(memory);
        let again = take_own_memory(SIZE).unwrap();
        assert_eq!(again.start(), start);
        // SAFETY: as above; no code writes them now.
        assert!(unsafe { std::slice::from_raw_parts(start.as_ptr(), SIZE) }.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_large_own_memory_is_not_kept() {
        put_own_memory(Arc::new(Reservation::new(5 << 16).unwrap()));
        assert!(take_own_memory(5 << 16).is_none());
    }

    #[test]
    fn a_page_table_that_is_used_again_allows_what_it_allowed_at_first() {
        let open = |limit| PageTable::allowing(limit, StoragePlace::Apart, &[Access::Read]).unwrap();
        let mut table = open(LIMIT);
        let start = table.memory().start();
        [0, 40, 76].iter().for_each(|page| table.allow(PageIndex(*page), Access::Write));
        drop(table);
        assert_ne!(open(PageCount(78)).memory().start(), start, "another limit");
        let again = open(LIMIT);
        assert_eq!(again.memory().start(), start);
        for page in (0..MAX_STORAGE_PAGES.0).map(PageIndex) {
            assert!(!again.allows(page, Access::Write), "{page}");
            assert_eq!(again.allows(page, Access::Read), page.0 < LIMIT.0, "{page}");
        }
    }

    #[test]
    fn memory_that_has_another_owner_is_not_handed_out() {
        let recycler = Recycler(Mutex::default());
        let held = memory();
        recycler.put(1, held.clone());
        assert!(recycler.take(&1, SIZE).is_none());
        drop(held);
        assert!(recycler.take(&2, SIZE).is_none(), "another kind");
        assert!(recycler.take(&1, SIZE / 2).is_none(), "another size");
        assert!(recycler.take(&1, SIZE).is_some());
        assert!(recycler.take(&1, SIZE).is_none(), "it is handed out once");
    }

    #[test]
    fn the_oldest_is_dropped_when_the_maximum_is_reached() {
        let recycler = Recycler(Mutex::default());
        (0..=MAX_RECYCLED).for_each(|kind| recycler.put(kind, memory()));
        assert!(recycler.take(&0, SIZE).is_none());
        assert!((1..=MAX_RECYCLED).all(|kind| recycler.take(&kind, SIZE).is_some()));
    }
}
