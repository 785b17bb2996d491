//! The two meta pages, of which the one with the greater number names the newest commit.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::{damaged, u16_at, u32_at, u64_at};
use crate::store::StoreError;
use crate::store::lmdb::failure::io_error;
use crate::store::lmdb::files::DATA_FILE;

/// Offsets in a meta page.
const FLAGS_AT: usize = 10;
const MAGIC_AT: usize = 16;
const PAGE_BYTES_AT: usize = 40;
const FREE_LIST_AT: usize = 40;
const TABLE_AT: usize = 88;
const LAST_PAGE_AT: usize = 136;
const NUMBER_AT: usize = 144;
const META_BYTES: usize = 152;

/// Offsets in the description of a table.
const DEPTH_AT: usize = 6;
const ENTRIES_AT: usize = 32;
const ROOT_AT: usize = 40;

const META_FLAG: u16 = 8;
const MAGIC: [u32; 2] = [0xbeef_c0de, 1];

/// The root of an empty table.
const NO_ROOT: u64 = u64::MAX;

/// A page size that LMDB can have.
const PAGE_SIZES: std::ops::RangeInclusive<u32> = 256..=32_768;

/// What a meta page says of one commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::lmdb) struct Meta {
    pub(in crate::store::lmdb) commit: u64,
    pub(in crate::store::lmdb) page_bytes: usize,
    /// The number of pages of the file, used and free.
    pub(in crate::store::lmdb) pages: u64,
    /// The number of entries of the table.
    pub(super) entries: u64,
    pub(super) table: Root,
    pub(super) free_list: Root,
}

/// The root of a table, and its depth; `None` if it is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Root {
    pub(super) page: Option<u64>,
    pub(super) depth: usize,
}

impl Root {
    fn read(page: &[u8], at: usize) -> Self {
        let root = u64_at(page, at + ROOT_AT);
        Self { page: (root != NO_ROOT).then_some(root), depth: usize::from(u16_at(page, at + DEPTH_AT)) }
    }
}

impl Meta {
    /// Reads a meta page; `None` if the bytes are not one.
    pub(super) fn read(page: &[u8]) -> Option<Self> {
        let magic = [u32_at(page, MAGIC_AT), u32_at(page, MAGIC_AT + 4)];
        let page_bytes = u32_at(page, PAGE_BYTES_AT);
        let is_meta = page.len() >= META_BYTES
            && magic == MAGIC
            && u16_at(page, FLAGS_AT) & META_FLAG != 0
            && PAGE_SIZES.contains(&page_bytes)
            && page_bytes.is_power_of_two();
        is_meta.then(|| Self {
            commit: u64_at(page, NUMBER_AT),
            page_bytes: page_bytes as usize,
            pages: u64_at(page, LAST_PAGE_AT).saturating_add(1),
            entries: u64_at(page, TABLE_AT + ENTRIES_AT),
            table: Root::read(page, TABLE_AT),
            free_list: Root::read(page, FREE_LIST_AT),
        })
    }

    /// The number that a meta page of the newest commits names, as its writer stores it.
    pub(super) const COMMIT_AT: usize = NUMBER_AT;

    /// Returns the newest meta page of the data file of a store, or `None` if the file is not a database, which LMDB describes. The
    /// error is that of one damaged page beside an undamaged one.
    pub(in crate::store::lmdb) fn newest(path: &Path) -> Result<Option<(Self, File)>, StoreError> {
        let data = path.join(DATA_FILE);
        let file = File::open(&data).map_err(io_error("opening", &data))?;
        let read = |at: u64| {
            let mut page = [0; META_BYTES];
            file.read_exact_at(&mut page, at).ok().and_then(|()| Self::read(&page))
        };
        let first = read(0);
        let page_bytes = first.map_or(rustix::param::page_size(), |meta| meta.page_bytes);
        let newest = match (first, read(page_bytes as u64)) {
            (Some(first), Some(second)) if first.commit > second.commit => first,
            (Some(_), Some(second)) => second,
            // The second is missing or damaged. The file is at least as long as the first one needs.
            (Some(first), None) => {
                let length = file.metadata().map_err(io_error("looking at", &data))?.len();
                let needed = first.pages.saturating_mul(first.page_bytes as u64);
                if length < needed {
                    return Err(StoreError::Truncated { path: path.to_owned(), length, needed });
                }
                return Err(damaged(1, "header"));
            }
            (None, Some(_)) => return Err(damaged(0, "header")),
            (None, None) => return Ok(None),
        };
        Ok(Some((newest, file)))
    }
}
