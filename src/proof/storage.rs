//! The part of a proof that leads from pages and byte ranges to a state root. The head of `proof` describes its layout.

use super::claims::Claims;
use super::error::Problem;
use super::proven::{ProvenPage, ProvenRange};
use super::source::Source;
use super::tree;
use crate::limits::MAX_TREE_DEPTH;
use crate::store::codec::{Reader, Writer};
use crate::store::hash;
use crate::units::{Address, StateRoot};

/// Encodes a proof of the claimed pages and ranges.
pub(super) fn encode(source: &Source, claims: &Claims) -> Vec<u8> {
    let mut writer = Writer::new();
    claims.encode(&mut writer);
    let tree = tree::encode(source, &claims.chunks(source.depth()));
    writer.u8(source.depth() as u8).raw(&tree).finish()
}

/// The proven part of a contract's storage.
#[derive(Debug)]
pub(super) struct ProvenStorage<'a> {
    pub(super) state: StateRoot,
    pub(super) pages: Vec<ProvenPage<'a>>,
    pub(super) ranges: Vec<ProvenRange<'a>>,
}

/// Reads a proof of storage. Returns the shown pages and ranges, and the state root that they lead to.
pub(super) fn decode<'a>(address: &Address, reader: &mut Reader<'a>) -> Result<ProvenStorage<'a>, Problem> {
    let claims = Claims::decode(reader)?;
    let depth = u32::from(reader.u8()?);
    if depth > MAX_TREE_DEPTH {
        return Err(Problem::Depth(depth));
    }
    let (top, shown) = tree::decode(address, depth, &claims.chunks(depth), reader)?;
    Ok(ProvenStorage {
        state: hash::state_root(depth, &top),
        pages: claims.pages.iter().map(|page| ProvenPage::new(*page, &shown)).collect(),
        ranges: claims.ranges.iter().map(|bytes| ProvenRange::new(bytes, &shown)).collect(),
    })
}
