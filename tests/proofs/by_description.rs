//! A reader of proofs that is written from the description of their layout alone, for proofs that are in order.

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

type Hash = [u8; 32];

/// What a proof says.
#[derive(Debug, Default)]
pub struct Said {
    pub address: [u8; 20],
    pub root: Hash,
    /// Whether it says that there is an account.
    pub present: bool,
    pub pages: Vec<(u32, Vec<u8>)>,
    pub ranges: Vec<(u64, Vec<u8>)>,
}

struct Stream<'a> {
    bytes: &'a [u8],
    bits: Vec<bool>,
}

impl<'a> Stream<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (head, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        head
    }

    fn varint(&mut self) -> u64 {
        let byte = u64::from(self.take(1)[0]);
        if byte < 0x80 { byte } else { byte - 0x80 + 0x80 * self.varint() }
    }

    fn bit(&mut self) -> bool {
        if self.bits.is_empty() {
            let byte = self.take(1)[0];
            self.bits = (0..8).rev().map(|bit| byte >> bit & 1 == 1).collect();
        }
        self.bits.pop().unwrap()
    }

    fn hash(&mut self) -> Hash {
        if self.bit() { self.take(32).try_into().unwrap() } else { [0; 32] }
    }
}

fn sha(parts: &[&[u8]]) -> Hash {
    Sha256::digest(parts.concat()).into()
}

pub fn read(proof: &[u8]) -> Said {
    let (body, sum) = proof.split_at(proof.len() - 8);
    assert_eq!((xxh3_64(body) ^ xxh3_64(b"vellum proof").rotate_left(32)).to_le_bytes(), sum);
    let mut stream = Stream { bytes: body, bits: Vec::new() };
    assert_eq!(stream.take(13), b"vellum proof\x02");
    let kind = stream.take(1)[0];
    let mut said = Said { address: stream.take(20).try_into().unwrap(), ..Said::default() };
    let mut state = None;
    if kind & 2 != 0 {
        state = account(&mut stream, &mut said);
        stream.bits.clear();
    }
    if kind & 1 != 0 {
        let root = storage(&mut stream, &mut said);
        match state {
            Some(state) => assert_eq!(root, state),
            None => said.root = root,
        }
    }
    assert!(stream.bytes.is_empty());
    said
}

/// Reads an account, and gives its state.
fn account(stream: &mut Stream<'_>, said: &mut Said) -> Option<Hash> {
    let end = stream.take(1)[0];
    said.present = end == 1;
    let at = if end == 2 { stream.take(20) } else { &said.address };
    let record = if end > 0 { stream.take(88) } else { &[] };
    let mut hash = if end > 0 { sha(&[&[3], at, record]) } else { [0; 32] };
    for depth in (0..stream.take(1)[0]).rev() {
        let beside = stream.hash();
        let right = said.address[usize::from(depth / 8)] & (0x80 >> (depth % 8)) != 0;
        hash = if right { sha(&[&[4], &beside, &hash]) } else { sha(&[&[4], &hash, &beside]) };
    }
    said.root = hash;
    said.present.then(|| record[48..80].try_into().unwrap())
}

fn storage(stream: &mut Stream<'_>, said: &mut Said) -> Hash {
    let mut next = 0;
    for _ in 0..stream.varint() {
        let index = next + stream.varint() as u32;
        said.pages.push((index, vec![0; 4_096]));
        next = index + 1;
    }
    let mut next = 0;
    for _ in 0..stream.varint() {
        let offset = next + stream.varint();
        let length = 1 + stream.varint();
        said.ranges.push((offset, vec![0; length as usize]));
        next = offset + length + 1;
    }
    let depth = stream.take(1)[0];
    let top = visit(stream, said, 0, 4_096 << depth);
    if top == [0; 32] { top } else { sha(&[&[5, depth], &top]) }
}

/// Whether a page or a range has a byte from one offset on to another.
fn is_shown(said: &Said, from: u64, to: u64) -> bool {
    let pages = said.pages.iter().map(|(index, content)| (u64::from(*index) * 4_096, content));
    let ranges = said.ranges.iter().map(|(offset, content)| (*offset, content));
    pages.chain(ranges).any(|(offset, content)| offset < to && from < offset + content.len() as u64)
}

/// Reads the node over the chunks from one offset on to another.
fn visit(stream: &mut Stream<'_>, said: &mut Said, from: u64, to: u64) -> Hash {
    if !is_shown(said, from, to) {
        return stream.hash();
    }
    if !stream.bit() {
        return [0; 32];
    }
    if to - from > 512 {
        let middle = (from + to) / 2;
        let (left, right) = (visit(stream, said, from, middle), visit(stream, said, middle, to));
        return sha(&[&[1], &left, &right]);
    }
    let length = stream.varint() as usize;
    let mut chunk = [0; 512];
    chunk[..length].copy_from_slice(stream.take(length));
    let pages = said.pages.iter_mut().map(|(index, content)| (u64::from(*index) * 4_096, content));
    let ranges = said.ranges.iter_mut().map(|(offset, content)| (*offset, content));
    for (offset, content) in pages.chain(ranges) {
        for (at, byte) in (offset..).zip(content) {
            if (from..to).contains(&at) {
                *byte = chunk[(at - from) as usize];
            }
        }
    }
    sha(&[&[0], &said.address, &((from / 512) as u32).to_be_bytes(), &chunk])
}
