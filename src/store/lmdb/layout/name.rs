//! Decoding of keys.

use super::key::{
    ACCOUNT, CODE, EVENT, FORMAT_KEY, GROUP, LOG, OF_ADDRESS, PAGE_TAIL_BYTES, PRUNED, UPPER_BLOCK, WORLD,
};
use crate::store::Moment;
use crate::store::codec::Reader;
use crate::store::event::EventName;
use crate::store::tree::{BITS_PER_LEVEL, BlockId, LEAVES, LEVELS};
use crate::store::world::WorldBlockId;
use crate::units::{Address, CodeHash, CommitNumber, PageIndex};

/// A decoded key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::lmdb) enum Name {
    Format,
    Code(CodeHash),
    Pruned(Address),
    Account(Address, Moment),
    Block(Address, BlockId),
    TreeHead(Address),
    Page(Address, PageIndex),
    WorldMark,
    WorldBlock(WorldBlockId),
    Event(EventName),
    Log(Moment),
    /// A part of a diff, by its first page.
    Diff(Address, CommitNumber, PageIndex),
}

impl Name {
    /// Decodes a key, or returns `None` if it is invalid.
    pub(in crate::store::lmdb) fn of(key: &[u8]) -> Option<Self> {
        if key == FORMAT_KEY {
            return Some(Self::Format);
        }
        let mut reader = Reader::new(key);
        let name = match reader.u8().ok()? {
            CODE => Self::Code(CodeHash(reader.array().ok()?)),
            OF_ADDRESS => Self::of_address(Address(reader.array().ok()?), &mut reader)?,
            WORLD if reader.is_empty() => Self::WorldMark,
            WORLD => Self::WorldBlock(WorldBlockId::of_key(&reader.array().ok()?)?),
            EVENT => Self::Event(EventName {
                expires: u64::from_be_bytes(reader.array().ok()?),
                commit: CommitNumber(u64::from_be_bytes(reader.array().ok()?)),
                number: u32::from_be_bytes(reader.array().ok()?),
            }),
            LOG => {
                let moment = read_moment(&mut reader)?;
                if reader.is_empty() {
                    Self::Log(moment)
                } else {
                    let address = Address(reader.array().ok()?);
                    let first = PageIndex(u32::from_be_bytes(reader.array().ok()?));
                    (moment.step == 0).then_some(Self::Diff(address, moment.commit, first))?
                }
            }
            _ => return None,
        };
        reader.is_empty().then_some(name)
    }

    fn of_address(address: Address, reader: &mut Reader<'_>) -> Option<Self> {
        Some(match reader.u8().ok()? {
            PRUNED => Self::Pruned(address),
            ACCOUNT => Self::Account(address, read_moment(reader)?),
            UPPER_BLOCK if reader.is_empty() => Self::TreeHead(address),
            UPPER_BLOCK => {
                let level = reader.u8().ok().filter(|level| level + 1 < LEVELS)?;
                Self::Block(address, BlockId::new(level, u32::from_be_bytes(reader.array().ok()?))?)
            }
            GROUP => {
                let group = u32::from(u16::from_be_bytes(reader.array().ok()?));
                match usize::from(reader.u8().ok()?) {
                    0 => Self::Block(address, BlockId::new(LEVELS - 1, group)?),
                    number @ 1..=LEAVES => {
                        if !reader.is_empty() {
                            reader.raw(PAGE_TAIL_BYTES).ok()?;
                        }
                        Self::Page(address, PageIndex(group << BITS_PER_LEVEL | (number - 1) as u32))
                    }
                    _ => return None,
                }
            }
            _ => return None,
        })
    }
}

fn read_moment(reader: &mut Reader<'_>) -> Option<Moment> {
    let commit = CommitNumber(u64::from_be_bytes(reader.array().ok()?));
    Some(Moment { commit, step: u32::from_be_bytes(reader.array().ok()?) })
}

/// Returns the moment of a key of the log, or `None` for any other key.
pub(in crate::store::lmdb) fn moment_of_log_key(key: &[u8]) -> Option<Moment> {
    let mut reader = Reader::new(key);
    (reader.u8().ok()? == LOG).then(|| read_moment(&mut reader))?
}

/// Returns the address to which a key belongs, or `None` if it does not belong to an address.
pub(in crate::store::lmdb) fn owner(key: &[u8]) -> Option<Address> {
    let mut reader = Reader::new(key);
    (reader.u8().ok()? == OF_ADDRESS).then(|| reader.array().ok().map(Address))?
}
