//! Bits in a stream of bytes. Eight bits share one byte, which is placed where the first of them is needed.

use super::error::Problem;
use crate::store::codec::{Reader, Writer};
use crate::store::hash::{NodeHash, ZERO_NODE};

/// Writes bits, with bytes between them.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// The index of the byte for the next bits, and the number of its used bits. `None` before the first bit.
    current: Option<(usize, u32)>,
}

impl BitWriter {
    pub(super) fn bit(&mut self, bit: bool) {
        let (at, used) = match self.current {
            Some((at, used)) if used < u8::BITS => (at, used),
            _ => {
                self.bytes.push(0);
                (self.bytes.len() - 1, 0)
            }
        };
        self.bytes[at] |= u8::from(bit) << used;
        self.current = Some((at, used + 1));
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn sized(&mut self, bytes: &[u8]) {
        self.raw(&Writer::new().sized(bytes).finish());
    }

    /// Writes a bit that is 0 if a hash is zero, and then the hash if it is not zero.
    pub(super) fn hash(&mut self, hash: &NodeHash) {
        self.bit(*hash != ZERO_NODE);
        if *hash != ZERO_NODE {
            self.raw(hash);
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads the stream of a [`BitWriter`].
#[derive(Debug)]
pub(super) struct BitReader<'r, 'a> {
    pub(super) bytes: &'r mut Reader<'a>,
    bits: u8,
    left: u32,
}

impl<'r, 'a> BitReader<'r, 'a> {
    pub(super) fn new(bytes: &'r mut Reader<'a>) -> Self {
        Self { bytes, bits: 0, left: 0 }
    }

    pub(super) fn bit(&mut self) -> Result<bool, Problem> {
        if self.left == 0 {
            (self.bits, self.left) = (self.bytes.u8()?, u8::BITS);
        }
        let bit = self.bits & 1 == 1;
        (self.bits, self.left) = (self.bits >> 1, self.left - 1);
        Ok(bit)
    }

    /// Reads a hash, which must not be zero.
    pub(super) fn nonzero_hash(&mut self) -> Result<NodeHash, Problem> {
        match self.bytes.array()? {
            ZERO_NODE => Err(Problem::ZeroHash),
            hash => Ok(hash),
        }
    }

    /// Reads a bit that is 0 if a hash is zero, and then the hash if it is not zero.
    pub(super) fn hash(&mut self) -> Result<NodeHash, Problem> {
        if self.bit()? { self.nonzero_hash() } else { Ok(ZERO_NODE) }
    }

    /// Ends the stream. Unused bits must be zero.
    pub(super) fn finish(self) -> Result<(), Problem> {
        if self.bits == 0 { Ok(()) } else { Err(Problem::SpareBits) }
    }
}
