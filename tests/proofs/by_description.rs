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

    fn varint(&mut self) -> u32 {
        let byte = u32::from(self.take(1)[0]);
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
    assert_eq!(stream.take(13), b"vellum proof\x01");
    let kind = stream.take(1)[0];
    let mut said = Said { address: stream.take(20).try_into().unwrap(), ..Said::default() };
    let mut state = None;
    if kind & 2 != 0 {
        state = account(&mut stream, &mut said);
        stream.bits.clear();
    }
    if kind & 1 != 0 {
        let root = pages(&mut stream, &mut said);
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

fn pages(stream: &mut Stream<'_>, said: &mut Said) -> Hash {
    let mut next = 0;
    for _ in 0..stream.varint() {
        let index = next + stream.varint();
        said.pages.push((index, vec![0; 4_096]));
        next = index + 1;
    }
    visit(stream, said, 0, 1 << 20)
}

/// Reads the node over the pages from one on to another.
fn visit(stream: &mut Stream<'_>, said: &mut Said, from: u32, to: u32) -> Hash {
    if !said.pages.iter().any(|(index, _)| (from..to).contains(index)) {
        return stream.hash();
    }
    if !stream.bit() {
        return [0; 32];
    }
    if to - from > 1 {
        let middle = (from + to) / 2;
        let (left, right) = (visit(stream, said, from, middle), visit(stream, said, middle, to));
        return sha(&[&[1], &left, &right]);
    }
    let length = stream.varint() as usize;
    let (_, content) = said.pages.iter_mut().find(|(index, _)| *index == from).unwrap();
    content[..length].copy_from_slice(stream.take(length));
    sha(&[&[0], &said.address, &from.to_be_bytes(), content])
}
