//! Page tables and own memories that are given back, for the next instance.
//!
//! A new one costs the host three system calls, and the kernel a fault for every page of it that is touched: more than
//! all else that is done to make an instance of a contract.

use std::sync::{Arc, Mutex, PoisonError};

use super::reservation::Reservation;
use crate::units::PageCount;

/// Of each sort at most so many are kept, those given back last. Each takes 4 GiB of address space, a table and an own memory at most so much
/// memory as their accessible bytes: 1 MiB and [`MOST_BYTES`].
const MOST: usize = 128;

/// A larger own memory costs more to fill with zeros than to make.
const MOST_BYTES: usize = 256 << 10;

/// What the entries of a page table are at the beginning: so, below the limit; 0 beyond it.
pub(super) type Untouched = (u8, PageCount);

/// What was given back; perhaps the wasm memory over it is only about to go.
#[derive(Debug)]
struct Spare<K>(Mutex<Vec<(K, Arc<Reservation>)>>);

static TABLES: Spare<Untouched> = Spare(Mutex::new(Vec::new()));
static OWN_MEMORIES: Spare<()> = Spare(Mutex::new(Vec::new()));

impl<K: PartialEq> Spare<K> {
    fn put(&self, kind: K, memory: Arc<Reservation>) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = (spare.len() == MOST).then(|| spare.remove(0));
        spare.push((kind, memory));
        drop(spare);
        // To unmap takes a while.
        drop(oldest);
    }

    /// The last of a kind and size that nobody else holds.
    fn take(&self, kind: &K, accessible: usize) -> Option<Arc<Reservation>> {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = spare.iter_mut().rposition(|(known, memory)| {
            known == kind && memory.accessible() == accessible && Arc::get_mut(memory).is_some()
        })?;
        Some(spare.remove(at).1)
    }
}

/// A page table in which nothing was touched, or was and is as before.
pub(super) fn take_table(untouched: Untouched, accessible: usize) -> Option<Arc<Reservation>> {
    TABLES.take(&untouched, accessible)
}

/// Gives back a page table whose entries are as at the beginning.
pub(super) fn put_table(untouched: Untouched, memory: Arc<Reservation>) {
    TABLES.put(untouched, memory);
}

/// An own memory of that size, with zeros.
pub(super) fn take_own_memory(accessible: usize) -> Option<Arc<Reservation>> {
    if accessible > MOST_BYTES {
        return None;
    }
    let mut memory = OWN_MEMORIES.take(&(), accessible)?;
    Arc::get_mut(&mut memory)?.clear();
    Some(memory)
}

/// Gives back an own memory with anything in it.
pub(super) fn put_own_memory(memory: Arc<Reservation>) {
    if memory.accessible() <= MOST_BYTES {
        OWN_MEMORIES.put((), memory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_STORAGE_PAGES;
    use crate::paging::page_table::{Access, PageTable};
    use crate::units::PageIndex;

    /// Sizes and limits that no other test has, as all share what is given back.
    const SIZE: usize = 3 << 16;
    const LIMIT: PageCount = PageCount(77);

    fn memory() -> Arc<Reservation> {
        Arc::new(Reservation::new(SIZE).unwrap())
    }

    #[test]
    fn an_own_memory_comes_again_with_zeros() {
        let memory = memory();
        let start = memory.start();
        // SAFETY: the bytes are accessible, and nobody else has them.
        unsafe { start.as_ptr().write_bytes(0xA5, SIZE) };
        put_own_memory(memory);
        let again = take_own_memory(SIZE).unwrap();
        assert_eq!(again.start(), start);
        // SAFETY: as above; nobody writes them.
        assert!(unsafe { std::slice::from_raw_parts(start.as_ptr(), SIZE) }.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_large_own_memory_is_not_kept() {
        put_own_memory(Arc::new(Reservation::new(5 << 16).unwrap()));
        assert!(take_own_memory(5 << 16).is_none());
    }

    #[test]
    fn a_page_table_comes_again_without_the_rights_that_were_given() {
        let open = |limit| PageTable::open(limit, &[Access::Read]).unwrap();
        let mut table = open(LIMIT);
        let start = table.memory().start();
        [0, 40, 76].iter().for_each(|page| table.allow(PageIndex(*page), Access::Write));
        drop(table);
        assert_ne!(open(PageCount(78)).memory().start(), start, "it allows other pages to be read");
        let again = open(LIMIT);
        assert_eq!(again.memory().start(), start);
        for page in (0..MAX_STORAGE_PAGES.0).map(PageIndex) {
            assert!(!again.allows(page, Access::Write), "{page}");
            assert_eq!(again.allows(page, Access::Read), page.0 < LIMIT.0, "{page}");
        }
    }

    #[test]
    fn what_somebody_still_holds_is_not_given_out() {
        let spare = Spare(Mutex::default());
        let held = memory();
        spare.put(1, held.clone());
        assert!(spare.take(&1, SIZE).is_none());
        drop(held);
        assert!(spare.take(&2, SIZE).is_none(), "another kind");
        assert!(spare.take(&1, SIZE / 2).is_none(), "another size");
        assert!(spare.take(&1, SIZE).is_some());
        assert!(spare.take(&1, SIZE).is_none(), "it is given out once");
    }

    #[test]
    fn no_more_are_kept_than_may_be_and_the_oldest_go_first() {
        let spare = Spare(Mutex::default());
        (0..=MOST).for_each(|kind| spare.put(kind, memory()));
        assert!(spare.take(&0, SIZE).is_none());
        assert!((1..=MOST).all(|kind| spare.take(&kind, SIZE).is_some()));
    }
}
