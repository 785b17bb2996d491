//! The part of a proof that leads from pages to a state root. Its layout is drawn in `proof`.

use super::bits::{BitReader, BitWriter};
use super::error::Problem;
use crate::limits::MAX_STORAGE_PAGES;
use crate::store::codec::{Reader, Writer};
use crate::store::hash::{self, NodeHash, ZERO_NODE, ZERO_PAGE};
use crate::units::{Address, PAGE_SIZE, PageBytes, PageIndex, StateRoot};

/// Levels of the state tree below its root.
pub(super) const DEPTH: u32 = MAX_STORAGE_PAGES.0.ilog2();

/// One page of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvenPage<'a> {
    /// Which page.
    pub index: PageIndex,
    /// Up to its last byte that is not zero.
    content: &'a [u8],
}

impl ProvenPage<'_> {
    /// Whether the page is all zero, which is the same as absent.
    pub fn is_zero(&self) -> bool {
        self.content.is_empty()
    }

    /// The page's bytes.
    pub fn content(&self) -> PageBytes {
        let mut page = ZERO_PAGE;
        page[..self.content.len()].copy_from_slice(self.content);
        page
    }
}

/// The pages at the front of a slice that lie in the left half of a node, and the others.
fn halves<T>(pages: &[T], depth: u32, index: impl Fn(&T) -> PageIndex) -> usize {
    pages.partition_point(|page| index(page).0 >> (DEPTH - 1 - depth) & 1 == 0)
}

/// Writes a proof of pages, which are in ascending order, each once. `node` gives the nodes of the tree by their depth and
/// their place in it.
pub(super) fn encode(pages: &[(PageIndex, PageBytes)], node: impl Fn(u32, u32) -> NodeHash) -> Vec<u8> {
    let mut indices = Writer::new();
    indices.varint(pages.len() as u64);
    let mut next = 0;
    for (index, _) in pages {
        indices.varint((index.0 - next).into());
        next = index.0 + 1;
    }
    let mut encoder = Encoder { stream: BitWriter::default(), node };
    encoder.visit(0, 0, pages);
    indices.raw(&encoder.stream.finish()).finish()
}

struct Encoder<N> {
    stream: BitWriter,
    node: N,
}

impl<N: Fn(u32, u32) -> NodeHash> Encoder<N> {
    fn visit(&mut self, depth: u32, place: u32, pages: &[(PageIndex, PageBytes)]) {
        let hash = (self.node)(depth, place);
        match pages {
            [] => self.stream.hash(&hash),
            _ if hash == ZERO_NODE => self.stream.bit(false),
            [(_, content), ..] if depth == DEPTH => {
                let length = content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                self.stream.bit(true);
                self.stream.sized(&content[..length]);
            }
            _ => {
                self.stream.bit(true);
                let (left, right) = pages.split_at(halves(pages, depth, |page| page.0));
                self.visit(depth + 1, 2 * place, left);
                self.visit(depth + 1, 2 * place + 1, right);
            }
        }
    }
}

/// Reads a proof of pages, and works out the root that they lead to.
pub(super) fn decode<'a>(
    address: &Address,
    reader: &mut Reader<'a>,
) -> Result<(StateRoot, Vec<ProvenPage<'a>>), Problem> {
    let count = reader.varint()?;
    if count == 0 {
        return Err(Problem::NoPages);
    }
    // Each takes a byte or more: the list grows no faster than the bytes are read.
    let mut pages = Vec::new();
    let mut next = 0_u64;
    for _ in 0..count {
        let gap = reader.varint()?;
        let index = next.saturating_add(gap);
        match u32::try_from(index) {
            Ok(small) if MAX_STORAGE_PAGES.contains(PageIndex(small)) => {
                pages.push(ProvenPage { index: PageIndex(small), content: &[] });
            }
            _ => return Err(Problem::PageIndex(index)),
        }
        next = index + 1;
    }
    let mut decoder = Decoder { stream: BitReader::new(reader), address };
    let root = decoder.visit(0, &mut pages)?;
    decoder.stream.finish()?;
    Ok((StateRoot(root), pages))
}

struct Decoder<'p, 'r, 'a> {
    stream: BitReader<'r, 'a>,
    address: &'p Address,
}

impl<'a> Decoder<'_, '_, 'a> {
    /// The hash of a node, and the content of the pages below it.
    fn visit(&mut self, depth: u32, pages: &mut [ProvenPage<'a>]) -> Result<NodeHash, Problem> {
        match pages {
            [] => self.stream.hash(),
            _ if !self.stream.bit()? => Ok(ZERO_NODE),
            [page, ..] if depth == DEPTH => {
                page.content = self.stream.bytes.sized()?;
                if page.content.len() > PAGE_SIZE || page.content.last().is_none_or(|last| *last == 0) {
                    return Err(Problem::Content(page.index));
                }
                Ok(hash::page_hash(self.address, page.index, &page.content()).0)
            }
            _ => {
                let (left, right) = pages.split_at_mut(halves(pages, depth, |page| page.index));
                let (left, right) = (self.visit(depth + 1, left)?, self.visit(depth + 1, right)?);
                match hash::node(&left, &right) {
                    ZERO_NODE => Err(Problem::ZeroNode),
                    hash => Ok(hash),
                }
            }
        }
    }
}
