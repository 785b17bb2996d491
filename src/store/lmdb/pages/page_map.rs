//! The map of a data file through which its pages are read.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, PoisonError, RwLock};

use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::fstat;

use super::meta::Meta;
use super::node_page::{FLAGS_AT, HEADER_BYTES};
use super::verified::{Scope, Verified};
use super::{damaged, u16_at, u32_at, u64_at};
use crate::host;
use crate::store::StoreError;
use crate::store::lmdb::failure::io_error;
use crate::store::lmdb::options::Access;

/// The least address space that the map takes, in bytes. It takes twice what the file needs, so that it is seldom replaced.
const LEAST_MAP_BYTES: u64 = 1 << 28;

/// The flag of an overflow page, and the offset of the number of pages.
const OVERFLOW: u16 = 4;
const OVERFLOW_PAGES_AT: usize = 12;

/// A data file whose pages can be read.
#[derive(Debug)]
pub(in crate::store::lmdb) struct PagesOfFile {
    path: PathBuf,
    file: File,
    map: RwLock<Arc<Map>>,
    /// The length of the file in bytes, when it was last looked at.
    length: AtomicU64,
    access: Access,
    /// The oldest commit that was read.
    oldest: AtomicU64,
}

#[derive(Debug)]
struct Map {
    bytes: MmapRaw,
    page_bytes: usize,
    verified: Arc<Verified>,
}

/// The pages of one commit. The transaction whose pages they are must be alive as long as they are read.
#[derive(Debug)]
pub(in crate::store::lmdb) struct Pages {
    map: Arc<Map>,
    pub(super) meta: Meta,
    /// The number of pages that the file has.
    pub(super) count: u64,
    scope: Scope,
}

impl PagesOfFile {
    /// Maps the data file of a store. `newest` is its newest meta page.
    ///
    /// Returns an error if the file is shorter than its pages need.
    pub(in crate::store::lmdb) fn open(path: &Path, access: Access) -> Result<Option<Self>, StoreError> {
        let Some((newest, file)) = Meta::newest(path)? else { return Ok(None) };
        let map = Map::new(path, &file, &newest, Arc::default())?;
        let (map, length, oldest) = (RwLock::new(Arc::new(map)), AtomicU64::new(0), AtomicU64::new(u64::MAX));
        let pages = Self { path: path.to_owned(), file, map, length, access, oldest };
        let length = pages.look_at_length()?;
        // The last pages are missing, too, where a transaction took them and freed them again.
        let needed = newest.pages.saturating_mul(newest.page_bytes as u64);
        if length < needed {
            // Without its own pages the list cannot be read.
            let all_are_free = pages
                .of(&newest)
                .is_ok_and(|of_newest| of_newest.free_list().is_ok_and(|list| list.has_all_from(of_newest.count)));
            if !all_are_free {
                return Err(StoreError::Truncated { path: path.to_owned(), length, needed });
            }
        }
        Ok(Some(pages))
    }

    /// Looks at the length of the file, which opening the database can have changed.
    pub(in crate::store::lmdb) fn look_at_length(&self) -> Result<u64, StoreError> {
        let length =
            fstat(&self.file).map_err(|errno| io_error("looking at the data file in", &self.path)(errno.into()))?;
        let length = length.st_size as u64;
        self.length.store(length, Ordering::Relaxed);
        Ok(length)
    }

    /// Returns an error if the file is shorter than when it was last looked at.
    pub(in crate::store::lmdb) fn verify_length(&self) -> Result<(), StoreError> {
        let needed = self.length.load(Ordering::Relaxed);
        let length = self.look_at_length()?;
        if length < needed {
            self.length.store(needed, Ordering::Relaxed);
            return Err(StoreError::Truncated { path: self.path.clone(), length, needed });
        }
        Ok(())
    }

    /// Returns the pages of a transaction that reads a commit. `None` if the commit's meta page is being overwritten, or could be. Then
    /// the transaction must be begun again.
    ///
    /// `entries` is the number of entries of the table, as the transaction has it. It is given if the process that makes the next
    /// commit does not finish it, and decides then.
    pub(in crate::store::lmdb) fn of_commit(
        &self,
        commit: u64,
        entries: Option<usize>,
    ) -> Result<Option<Pages>, StoreError> {
        let map = self.map();
        let Some((meta, is_followed)) = map.meta(commit) else { return Ok(None) };
        let is_certain = !is_followed || entries.is_some_and(|entries| entries as u64 == meta.entries);
        if is_certain { self.of(&meta).map(Some) } else { Ok(None) }
    }

    /// Returns whether pages that were read without a lock can have been overwritten: the pages that a commit frees are used again by the
    /// second commit after it, which begins after the first one has stored its number.
    pub(in crate::store::lmdb) fn is_overtaken(&self) -> bool {
        let oldest = self.oldest.load(Ordering::SeqCst);
        let newest = self.map().newest();
        self.access == Access::ReadOnlyWithoutLock && oldest != u64::MAX && newest > oldest.saturating_add(1)
    }

    fn map(&self) -> Arc<Map> {
        self.map.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn of(&self, meta: &Meta) -> Result<Pages, StoreError> {
        let needed = meta.pages.saturating_mul(meta.page_bytes as u64);
        let mut length = self.length.load(Ordering::Relaxed);
        if length < needed {
            length = self.look_at_length()?;
        }
        let mut map = self.map();
        if map.length() < needed.min(length) {
            map = Arc::new(Map::new(&self.path, &self.file, meta, map.verified.clone())?);
            *self.map.write().unwrap_or_else(PoisonError::into_inner) = map.clone();
        }
        let scope = match self.access {
            Access::ReadWrite => Scope::Writer,
            Access::ReadOnly => Scope::Commit(meta.commit),
            Access::ReadOnlyWithoutLock => {
                self.oldest.fetch_min(meta.commit, Ordering::SeqCst);
                Scope::None
            }
        };
        Ok(Pages { map, meta: *meta, count: needed.min(length) / meta.page_bytes as u64, scope })
    }
}

impl Map {
    fn new(path: &Path, file: &File, meta: &Meta, verified: Arc<Verified>) -> Result<Self, StoreError> {
        let needed = meta.pages.saturating_mul(meta.page_bytes as u64).max(2 * meta.page_bytes as u64);
        // The last page number of a damaged meta page can be any. What the file does not have is never read.
        let length = file.metadata().map_err(io_error("looking at the data file in", path))?.len();
        let needed = needed.min(length.max(2 * meta.page_bytes as u64)).next_multiple_of(meta.page_bytes as u64);
        let map = |bytes: u64| MmapOptions::new().len(bytes as usize).map_raw_read_only(file);
        let bytes = map(needed.saturating_mul(2).max(LEAST_MAP_BYTES)).or_else(|_| map(needed));
        let bytes = bytes.map_err(|_| {
            let bytes = needed as usize;
            StoreError::AddressSpace { path: path.to_owned(), bytes, reason: host::refused_address_space(bytes) }
        })?;
        Ok(Self { bytes, page_bytes: meta.page_bytes, verified })
    }

    fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Returns the meta page of a commit, and whether the other meta page names the next commit; `None` if it names another commit.
    fn meta(&self, commit: u64) -> Option<(Meta, bool)> {
        let page = |commit: u64| (commit & 1) as usize * self.page_bytes;
        let meta = Meta::read(&self.copy_of_meta(page(commit)))?;
        // The reads above come before the one below.
        fence(Ordering::Acquire);
        // The commit after the next one overwrites the page, and begins after the next one has stored its number.
        let other = self.word(page(commit + 1) + Meta::COMMIT_AT);
        (meta.commit == commit).then_some((meta, u64::from_ne_bytes(other) > commit))
    }

    /// Returns the number of the newest commit.
    fn newest(&self) -> u64 {
        fence(Ordering::SeqCst);
        let numbers = [0, self.page_bytes].map(|page| u64::from_ne_bytes(self.word(page + Meta::COMMIT_AT)));
        numbers[0].max(numbers[1])
    }

    /// Copies a meta page, which another process can be writing.
    fn copy_of_meta(&self, at: usize) -> [u8; Meta::COMMIT_AT + 8] {
        let mut copy = [0; Meta::COMMIT_AT + 8];
        for (i, word) in copy.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            *word = self.word(at + i * 8);
        }
        copy
    }

    /// Reads eight bytes of a meta page.
    #[inline]
    fn word(&self, at: usize) -> [u8; 8] {
        debug_assert!(at.is_multiple_of(8) && at < 2 * self.page_bytes);
        // SAFETY: the file has two meta pages as long as it is open, and the map has at least their length; `at` is in one of them. The
        // address is a multiple of eight, as that of the map is one of the host's page size. The bytes can change meanwhile, so they are
        // read once, without a reference to them.
        unsafe { ptr::read_volatile(self.bytes.as_ptr().add(at).cast::<[u8; 8]>()) }
    }
}

impl Pages {
    #[inline]
    pub(super) fn is_verified(&self, page: u64) -> bool {
        self.map.verified.contains(page, self.scope)
    }

    pub(super) fn set_verified(&self, page: u64) {
        self.map.verified.insert(page, self.scope);
    }

    /// Returns a page, or an error if the file has none of this number.
    #[inline]
    pub(super) fn page(&self, number: u64) -> Result<&[u8], StoreError> {
        self.bytes(number, 1)
    }

    #[inline]
    fn bytes(&self, first: u64, pages: u64) -> Result<&[u8], StoreError> {
        let end = first.checked_add(pages).filter(|end| *end <= self.count && first >= 2);
        let size = self.meta.page_bytes as u64;
        let Some(end) = end.filter(|end| *end * size <= self.map.length()) else {
            return Err(damaged(first, "number"));
        };
        // SAFETY: the bytes lie in the map, as just compared, which lives as long as `self`, and in the file, whose length in pages is
        // `count`; a file that another program shortens afterwards ends the process, as it does for LMDB. The bytes do not change
        // while they are referred to: they are pages of a commit, or free ones if the file is damaged, and the transaction of the
        // commit is alive (see `writing.rs` for why its pages stay as they are). Without a lock they can change. Then no use of them is
        // out of bounds, as every access is compared with the length of its slice, and what is read is thrown away (`is_overtaken`).
        unsafe {
            let begin = self.map.bytes.as_ptr().add((first * size) as usize);
            Ok(slice::from_raw_parts(begin, ((end - first) * size) as usize))
        }
    }

    /// Returns a value of `length` bytes in overflow pages, after verifying their header.
    pub(super) fn overflow(&self, first: u64, length: usize) -> Result<&[u8], StoreError> {
        let header = self.page(first)?;
        let pages = u64::from(u32_at(header, OVERFLOW_PAGES_AT));
        // As many as LMDB takes for it. It keeps more where a transaction puts a shorter value in the place of one that it has put itself,
        // which none of this store does.
        let needed = (HEADER_BYTES - 1 + length) / self.meta.page_bytes + 1;
        if u64_at(header, 0) != first || u16_at(header, FLAGS_AT) != OVERFLOW || pages != needed as u64 {
            return Err(damaged(first, "header"));
        }
        self.bytes(first, pages)?.get(HEADER_BYTES..HEADER_BYTES + length).ok_or(damaged(first, "header"))
    }
}
