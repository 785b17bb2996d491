//! The database pages of a data file, read without LMDB.
//!
//! LMDB trusts what it reads: it follows any offset and any page number. After one flipped bit in the header of a database page it
//! misses records, returns others in their place, or ends the process. So a snapshot reads the table here, over a map of its own, and
//! every page is verified before it is used. A write transaction, which only LMDB can do, changes no page that was not verified.
//!
//! ```text
//! page 0, 1    header 16 │ magic │ … │ roots of the free list and of the table │ last page │ number of the commit      meta.rs
//! branch       header 16 │ offset 2 of each node │ free │ nodes: page number 6, length of the key 2, key               node_page.rs
//! leaf         header 16 │ offset 2 of each node │ free │ nodes: length 4, flags 2, length of the key 2, key, value
//! overflow     header 16 │ a value that is too large for a leaf                                                        page_map.rs
//! header       page number 8 │ unused 2 │ flags 2 │ end of the offsets 2, begin of the nodes 2; or the number of overflow pages 4
//! ```
//! What is verified (`node_page.rs`):
//! - the page has the number by which it was found, and is of the kind that its level needs;
//! - its nodes lie side by side from the end of its free space to its own end. So a node that is lost, doubled or moved is found;
//! - its keys ascend, and lie between those that its parents give;
//! - page numbers are those of pages that the file has.
//!
//! Values are not verified here: each record has a checksum. A page is verified once in a process (`verified.rs`), as nothing else
//! than this process and the writer changes it afterwards. A damaged page is [`StoreError::Damaged`] with its number.
//!
//! [`StoreError::Damaged`]: crate::store::StoreError::Damaged

mod free_list;
mod meta;
mod node_page;
mod page_map;
mod position;
mod tree;
mod verified;

pub(super) use page_map::{Pages, PagesOfFile};
pub(super) use position::Position;
pub(super) use tree::Tree;

use crate::store::codec::DecodeError;
use crate::store::{Record, StoreError};

/// A key and its value.
pub(super) type Entry<'t> = (&'t [u8], &'t [u8]);

/// Returns the error of a damaged database page. Allocates nothing.
fn damaged(number: u64, what: &'static str) -> StoreError {
    Record::DatabasePage(number).damaged(DecodeError::Invalid(what))
}

/// Reads an integer of the data file, which has the byte order of the host. Zero if the bytes end before it.
macro_rules! integer {
    ($name:ident, $integer:ty) => {
        #[inline]
        fn $name(bytes: &[u8], at: usize) -> $integer {
            let bytes = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
            bytes.map_or(0, |bytes| <$integer>::from_ne_bytes(*bytes))
        }
    };
}

integer!(u16_at, u16);
integer!(u32_at, u32);
integer!(u64_at, u64);
