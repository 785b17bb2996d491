//! The free list: a table of the numbers of free pages, by the commit that freed them.

use super::damaged;
use super::page_map::Pages;
use super::position::Position;
use super::tree::Tree;
use crate::store::StoreError;

/// The numbers of all free pages, in ascending order.
#[derive(Debug)]
pub(in crate::store::lmdb) struct FreeList {
    free: Vec<u64>,
    /// The number of pages up to the last one that a commit has taken.
    pages: u64,
}

impl FreeList {
    /// Returns whether every page from `first` on is free.
    pub(super) fn has_all_from(&self, first: u64) -> bool {
        let before = self.free.partition_point(|number| *number < first);
        (self.free.len() - before) as u64 == self.pages.saturating_sub(first)
    }
}

impl Pages {
    /// Reads the free list and verifies it: all its pages, and that each number is that of a page and is named once. A writer takes
    /// its pages from there, so it must be verified before the first write.
    pub(in crate::store::lmdb) fn free_list(&self) -> Result<FreeList, StoreError> {
        let tree = Tree::free_list(self);
        let root = self.meta.free_list.page.unwrap_or_default();
        let mut free = Vec::new();
        let mut position = Position::default();
        if tree.first(&mut position)? {
            while let Some((_, numbers)) = tree.entry(&mut position)? {
                // The count, the numbers in descending order, and room that is not used.
                let numbers = numbers.as_chunks::<8>().0;
                let count = numbers.first().map_or(u64::MAX, |count| u64::from_ne_bytes(*count));
                let mut above = self.meta.pages;
                for number in numbers.iter().skip(1).take(usize::try_from(count).unwrap_or(usize::MAX)) {
                    let number = u64::from_ne_bytes(*number);
                    if !(2..above).contains(&number) {
                        return Err(damaged(root, "list of free pages"));
                    }
                    free.push(number);
                    above = number;
                }
                if count >= numbers.len() as u64 {
                    return Err(damaged(root, "list of free pages"));
                }
                tree.forward(&mut position);
            }
        }
        free.sort_unstable();
        if free.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(damaged(root, "list of free pages"));
        }
        Ok(FreeList { free, pages: self.meta.pages })
    }
}
