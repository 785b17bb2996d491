//! The part of the tree over a contract's chunks that leads from the shown chunks to the top. The head of `proof` describes its
//! layout.
//!
//! A height counts levels above the chunks, so page hashes have the height 3. A place counts the nodes of a height from the left. The
//! shown chunks are given as `runs`: ranges of chunk numbers in ascending order that neither touch nor overlap.

use std::ops::Range;

use super::bits::{BitReader, BitWriter};
use super::error::Problem;
use super::proven::Shown;
use super::source::Source;
use crate::store::codec::Reader;
use crate::store::hash::{self, CHUNK_SIZE, NodeHash, PAGE_DEPTH, ZERO_NODE};
use crate::units::{Address, ByteOffset};

/// Returns the runs with chunks below the left child of a node, and those with chunks below the right child. A run can be in both.
fn halves(runs: &[Range<u32>], height: u32, place: u32) -> [&[Range<u32>]; 2] {
    let middle = (2 * place + 1) << (height - 1);
    let left = runs.partition_point(|run| run.start < middle);
    let right = runs.partition_point(|run| run.end <= middle);
    [&runs[..left], &runs[right..]]
}

/// Encodes the part of the tree that leads from the shown chunks to the top.
pub(super) fn encode(source: &Source, runs: &[Range<u32>]) -> Vec<u8> {
    let mut encoder = Encoder { stream: BitWriter::default(), source };
    encoder.visit(source.depth() + PAGE_DEPTH, 0, runs);
    encoder.stream.finish()
}

struct Encoder<'s> {
    stream: BitWriter,
    source: &'s Source,
}

impl Encoder<'_> {
    fn visit(&mut self, height: u32, place: u32, runs: &[Range<u32>]) {
        let hash = self.source.node(height, place);
        match runs {
            [] => self.stream.hash(&hash),
            _ if hash == ZERO_NODE => self.stream.bit(false),
            _ if height == 0 => {
                self.stream.bit(true);
                self.stream.sized(self.source.chunk(place));
            }
            _ => {
                self.stream.bit(true);
                let [left, right] = halves(runs, height, place);
                self.visit(height - 1, 2 * place, left);
                self.visit(height - 1, 2 * place + 1, right);
            }
        }
    }
}

/// Reads the part of a tree that leads from the shown chunks to the top. `depth` is the depth of the state tree. Returns the hash of
/// the top, and the shown chunks that are not zero.
pub(super) fn decode<'a>(
    address: &Address,
    depth: u32,
    runs: &[Range<u32>],
    reader: &mut Reader<'a>,
) -> Result<(NodeHash, Vec<Shown<'a>>), Problem> {
    let mut decoder = Decoder { stream: BitReader::new(reader), address, depth, shown: Vec::new() };
    let top = decoder.visit(depth + PAGE_DEPTH, 0, runs)?;
    decoder.stream.finish()?;
    if top == ZERO_NODE && depth > 0 { Err(Problem::Depth(depth)) } else { Ok((top, decoder.shown)) }
}

struct Decoder<'p, 'r, 'a> {
    stream: BitReader<'r, 'a>,
    address: &'p Address,
    depth: u32,
    shown: Vec<Shown<'a>>,
}

impl Decoder<'_, '_, '_> {
    /// Returns the hash of a node. Adds the shown chunks below it to `shown`.
    fn visit(&mut self, height: u32, place: u32, runs: &[Range<u32>]) -> Result<NodeHash, Problem> {
        match runs {
            [] => self.stream.hash(),
            _ if !self.stream.bit()? => Ok(ZERO_NODE),
            _ if height == 0 => self.chunk(place),
            _ => {
                let [left, right] = halves(runs, height, place);
                let left = self.visit(height - 1, 2 * place, left)?;
                let right = self.visit(height - 1, 2 * place + 1, right)?;
                let is_top = height == self.depth + PAGE_DEPTH;
                match hash::node(&left, &right) {
                    ZERO_NODE => Err(Problem::ZeroNode),
                    // All non-zero pages lie below the left child, so a tree of a smaller depth would hold them.
                    _ if right == ZERO_NODE && is_top && self.depth > 0 => Err(Problem::Depth(self.depth)),
                    hash => Ok(hash),
                }
            }
        }
    }

    fn chunk(&mut self, number: u32) -> Result<NodeHash, Problem> {
        let content = self.stream.bytes.sized()?;
        let mut chunk = [0; CHUNK_SIZE];
        match chunk.get_mut(..content.len()) {
            Some(start) if content.last().is_some_and(|last| *last != 0) => start.copy_from_slice(content),
            _ => return Err(Problem::Content(ByteOffset(u64::from(number) * CHUNK_SIZE as u64))),
        }
        self.shown.push(Shown { number, content });
        Ok(hash::chunk_hash(self.address, number, &chunk))
    }
}
