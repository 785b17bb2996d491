//! The hash of a page: the root of a small tree over its chunks.
//!
//! ```text
//!                 1                  the page's hash
//!         2               3
//!     4       5       6       7
//!   8   9   10  11  12  13  14  15   chunks 0 … 7
//! ```
//! A node is zero if all chunks below it are zero. So the hash of a page with one variable takes one chunk and three nodes. A
//! changed variable costs the same on a page whose other nodes are known.

use super::collector::{Collector, FEWEST_AT_ONCE};
use super::sha256::{Message, message, sha256};
use super::{NodeCollector, NodeHash, ZERO_NODE, node};
use crate::store::StoreStatistics;
use crate::units::{Address, PAGE_SIZE, PageBytes, PageHash, PageIndex};

/// Size of a chunk in bytes.
pub const CHUNK_SIZE: usize = 512;

/// Number of chunks of a page.
pub const CHUNKS: usize = PAGE_SIZE / CHUNK_SIZE;

/// Levels of the tree over the chunks of a page.
pub(crate) const PAGE_DEPTH: u32 = CHUNKS.ilog2();

/// The bytes of a chunk.
pub(crate) type ChunkBytes = [u8; CHUNK_SIZE];

const ZERO_CHUNK: ChunkBytes = [0; CHUNK_SIZE];

/// Returns the chunks of a page, in order.
pub(crate) fn chunks(content: &PageBytes) -> &[ChunkBytes] {
    content.as_chunks().0
}

/// A set of chunks of a page: bit k for chunk k.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChunkSet(pub u8);

impl ChunkSet {
    /// Every chunk.
    pub const ALL: Self = Self(u8::MAX);

    /// Returns the chunks that differ between two contents of a page.
    pub fn between(old: &PageBytes, new: &PageBytes) -> Self {
        let pairs = chunks(old).iter().zip(chunks(new));
        Self(pairs.rev().fold(0, |set, (old, new)| set << 1 | u8::from(old != new)))
    }

    /// Returns the chunks that are not zero.
    pub fn of_content(content: &PageBytes) -> Self {
        Self::default().after(Self::ALL, content)
    }

    /// Returns the chunks that are not zero after some chunks changed. `self` has those that were not zero before.
    pub fn after(self, changed: Self, content: &PageBytes) -> Self {
        let not_zero = |chunk: &usize| chunks(content)[*chunk] != ZERO_CHUNK;
        let now = changed.iter().filter(not_zero).fold(0, |set, chunk| set | 1 << chunk);
        Self(self.0 & !changed.0 | now)
    }

    /// Returns the chunks of the set, in ascending order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..CHUNKS).filter(move |chunk| self.contains(*chunk))
    }

    /// Returns whether the set contains a chunk.
    pub fn contains(self, chunk: usize) -> bool {
        self.0 >> chunk & 1 == 1
    }

    /// Returns the number of chunks in the set.
    pub fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Returns the nodes of the chunks and all nodes above them: bit i for node i.
    fn path(self) -> u16 {
        let mut nodes = u16::from(self.0) << CHUNKS;
        for i in (2..2 * CHUNKS).rev() {
            nodes |= (nodes >> i & 1) << (i / 2);
        }
        nodes
    }
}

/// Returns the hash of chunk `number` of a contract's storage; zero if the chunk is zero.
pub(crate) fn chunk_hash(address: &Address, number: u32, content: &ChunkBytes) -> NodeHash {
    chunk_message(address, number, content).map_or(ZERO_NODE, |message| sha256(&message))
}

/// Returns what is hashed for a chunk, or `None` for one that is zero.
#[inline]
fn chunk_message(address: &Address, number: u32, content: &ChunkBytes) -> Option<Message<9>> {
    if *content == ZERO_CHUNK {
        return None;
    }
    StoreStatistics::count(|done| done.chunks_hashed += 1);
    let mut head = [0; 24];
    head[..20].copy_from_slice(address.as_bytes());
    head[20..].copy_from_slice(&number.to_be_bytes());
    Some(message(0, &head, content))
}

/// Returns the number of a chunk in its contract's storage.
pub(crate) fn chunk_number(page: PageIndex, chunk: usize) -> u32 {
    page.0.wrapping_mul(CHUNKS as u32).wrapping_add(chunk as u32)
}

/// Returns the hash of a page of a contract; zero if the page is zero.
pub fn page_hash(address: &Address, page: PageIndex, content: &PageBytes) -> PageHash {
    PageTree::default().complete(address, page, content)
}

/// The tree over the chunks of a page. Some of its nodes may be unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageTree {
    /// Bit i for node i.
    known: u16,
    /// In heap order; 0 is not used.
    nodes: [NodeHash; 2 * CHUNKS],
}

impl PageTree {
    /// Marks some chunks and all nodes above them as unknown, because the chunks changed.
    pub fn forget(&mut self, changed: ChunkSet) {
        self.known &= !changed.path();
    }

    /// Computes every unknown node from the page's content. Returns the page's hash.
    pub fn complete(&mut self, address: &Address, page: PageIndex, content: &PageBytes) -> PageHash {
        for (chunk, bytes) in chunks(content).iter().enumerate() {
            if !self.is_known(CHUNKS + chunk) {
                self.nodes[CHUNKS + chunk] = chunk_hash(address, chunk_number(page, chunk), bytes);
            }
        }
        for i in (1..CHUNKS).rev() {
            if !self.is_known(i) {
                self.nodes[i] = node(&self.nodes[2 * i], &self.nodes[2 * i + 1]);
            }
        }
        self.known = u16::MAX;
        self.root()
    }

    /// Returns the hash of the page. The tree must be complete.
    pub fn root(&self) -> PageHash {
        PageHash(self.nodes[1])
    }

    /// Copies the unknown nodes from another tree of the same content.
    pub fn learn(&mut self, other: &Self) {
        for i in 1..2 * CHUNKS {
            if !self.is_known(i) && other.is_known(i) {
                self.nodes[i] = other.nodes[i];
            }
        }
        self.known |= other.known;
    }

    /// Returns a node by its depth below the page's hash and its index at that depth. The tree must be complete.
    pub(crate) fn node(&self, depth: u32, place: usize) -> &NodeHash {
        &self.nodes[(1 << depth) + place % (1 << depth)]
    }

    fn is_known(&self, node: usize) -> bool {
        self.known >> node & 1 == 1
    }
}

/// A page with a tree that is not complete.
#[derive(Debug)]
pub struct IncompletePage<'a> {
    /// The page's index.
    pub page: PageIndex,
    /// Its content.
    pub content: &'a PageBytes,
    /// What is known of its tree.
    pub tree: PageTree,
}

/// Does as [`PageTree::complete`] for the trees of many pages of a contract, in less time than one by one.
pub fn complete_all(address: &Address, pages: &mut [IncompletePage<'_>]) {
    let unknown = |page: &IncompletePage<'_>| (!page.tree.known >> CHUNKS).count_ones() as usize;
    if pages.iter().map(unknown).sum::<usize>() < FEWEST_AT_ONCE {
        for IncompletePage { page, content, tree } in pages {
            tree.complete(address, *page, content);
        }
        return;
    }
    let mut hashes = Collector::<(usize, usize), 9>::new();
    for at in 0..pages.len() {
        let IncompletePage { page, content, .. } = pages[at];
        for (chunk, bytes) in chunks(content).iter().enumerate() {
            let node = CHUNKS + chunk;
            if pages[at].tree.is_known(node) {
                continue;
            }
            match chunk_message(address, chunk_number(page, chunk), bytes) {
                Some(message) => hashes.add((at, node), message, put_into(pages)),
                None => pages[at].tree.nodes[node] = ZERO_NODE,
            }
        }
    }
    hashes.flush(put_into(pages));
    let mut hashes = NodeCollector::new();
    for depth in (0..PAGE_DEPTH).rev() {
        for at in 0..pages.len() {
            for i in 1 << depth..2 << depth {
                let PageTree { nodes, .. } = &pages[at].tree;
                if !pages[at].tree.is_known(i) {
                    let (left, right) = (nodes[2 * i], nodes[2 * i + 1]);
                    hashes.add((at, i), [&left, &right], put_into(pages));
                }
            }
        }
        hashes.flush(put_into(pages));
    }
    pages.iter_mut().for_each(|page| page.tree.known = u16::MAX);
}

fn put_into(pages: &mut [IncompletePage<'_>]) -> impl FnMut((usize, usize), NodeHash) {
    |(at, node), hash| pages[at].tree.nodes[node] = hash
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::store::hash::ZERO_PAGE;
    use crate::store::{apply, chunks_of, runs_between};

    fn address() -> Address {
        "0102030405060708090a0b0c0d0e0f1011121314".parse().unwrap()
    }

    #[test]
    fn a_chunk_and_a_page_have_the_hashes_that_are_specified() {
        let mut page = ZERO_PAGE;
        page[0] = 7;
        let expected = "0878208b17e95c07343e011a54d7f17d7f53af8924385c53db3aa792f98d9f39".parse::<PageHash>().unwrap();
        assert_eq!(chunk_hash(&address(), 0, &chunks(&page)[0]), expected.0);
        let expected: PageHash = "e46975e8b91dc819ba57f3638e2cc184333d0024b3907a6f9fec94f89f0a74b6".parse().unwrap();
        assert_eq!(page_hash(&address(), PageIndex(0), &page), expected);
        let expected: PageHash = "677078b87b2738d1f8321df474a62bb9811c51c55469aaec91121b03d02763f4".parse().unwrap();
        assert_eq!(page_hash(&address(), PageIndex(1), &page), expected);
        assert_eq!(page_hash(&address(), PageIndex(0), &ZERO_PAGE), PageHash::ZERO);
    }

    proptest! {
        #[test]
        fn pages_have_the_same_hashes_together_as_alone(
            contents in vec((vec((0..PAGE_SIZE, any::<u8>()), 0..9), any::<u8>(), any::<u8>()), 0..40),
        ) {
            let mut contents_and_trees = Vec::new();
            for (at, (writes, fill, unknown)) in contents.iter().enumerate() {
                let mut content = Box::new([fill % 2; PAGE_SIZE]);
                writes.iter().for_each(|(at, byte)| content[*at] = *byte);
                let mut tree = PageTree::default();
                tree.complete(&address(), PageIndex(at as u32), &content);
                tree.forget(ChunkSet(*unknown));
                contents_and_trees.push((content, tree));
            }
            let mut pages = Vec::new();
            for (at, (content, tree)) in contents_and_trees.iter().enumerate() {
                pages.push(IncompletePage { page: PageIndex(at as u32), content, tree: tree.clone() });
            }
            complete_all(&address(), &mut pages);
            for IncompletePage { page, content, tree } in &pages {
                prop_assert_eq!(tree.root(), page_hash(&address(), *page, content));
            }
        }

        #[test]
        fn a_tree_that_learns_and_forgets_has_the_hash_of_the_content(
            steps in vec((vec((0..PAGE_SIZE, 0..3_u8), 0..6), any::<bool>()), 1..12),
        ) {
            let (mut tree, mut content) = (PageTree::default(), ZERO_PAGE);
            for (writes, is_kept) in steps {
                let mut after = content;
                writes.iter().for_each(|(at, byte)| after[*at] = *byte);
                let runs = runs_between(&content, &after);
                let changed = chunks_of(&runs);
                let differs = |chunk: &usize| chunks(&content)[*chunk] != chunks(&after)[*chunk];
                prop_assert_eq!(changed.iter().collect::<Vec<_>>(), (0..CHUNKS).filter(differs).collect::<Vec<_>>());
                let mut changed_tree = tree.clone();
                changed_tree.forget(changed);
                let hash = changed_tree.complete(&address(), PageIndex(3), &after);
                prop_assert_eq!(hash, page_hash(&address(), PageIndex(3), &after));
                if is_kept {
                    (tree, content) = (changed_tree, after);
                } else {
                    changed_tree.forget(changed);
                    tree.learn(&changed_tree);
                }
                prop_assert_eq!(tree.clone().complete(&address(), PageIndex(3), &content), page_hash(&address(), PageIndex(3), &content));
                let mut back = after;
                apply(&runs, &mut back).unwrap();
                prop_assert_eq!(ChunkSet::of_content(&back), ChunkSet((0..CHUNKS).filter(|chunk| chunks(&back)[*chunk] != ZERO_CHUNK).map(|chunk| 1 << chunk).sum()));
            }
        }
    }
}
