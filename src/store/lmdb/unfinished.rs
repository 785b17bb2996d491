//! The mark of an unfinished commit through the map.
//!
//! Without the map, one system call writes the meta page that names a commit. Through the map, LMDB stores the fields of that page one
//! after another. The source stores the commit's number last, by which LMDB finds the newest commit; but a compiler may store the
//! number before other fields, and does. A process that is killed between these stores would leave a newest commit with fields of
//! the commit before the last.
//!
//! So the number of a commit is in the file from before LMDB commits until the commit is done. It has a place that LMDB does not use:
//!
//! ```text
//! page 0          │header 16│magic 4│version 4│ … │page's bytes 4, at 40│ … │number 8, at 144│   …   │mark 8, at 2048│   …   │
//! page number & 1   names the commit of that number
//! ```
//! A process that opens the store and finds the mark, while no process writes, undoes the commit: the commit was never reported, and
//! the commit before it still has all its pages. But a process that has the store open for reading can have seen the commit if it was
//! complete. The table of readers tells whether it was. In that case the commit stays.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use lmdb::{Environment, Error, Transaction};
use memmap2::{MmapOptions, MmapRaw};

use super::files::DATA_FILE;

/// Offsets of fields in database pages 0 and 1.
const MAGIC_AT: u64 = 16;
const PAGE_BYTES_AT: u64 = 40;
const NUMBER_AT: u64 = 144;
pub(super) const MARK_AT: usize = 2_048;

/// The magic number of LMDB's data file and its format version.
const MAGIC: [u32; 2] = [0xbeef_c0de, 1];

/// The mark in a file that is written through its map.
#[derive(Debug)]
pub(super) struct Mark(MmapRaw);

impl Mark {
    /// Maps the mark of a file that has at least one database page.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        MmapOptions::new().len(MARK_AT + size_of::<u64>()).map_raw(file).map(Self)
    }

    /// Sets the mark to the number of the commit that begins.
    pub(super) fn set(&self, number: u64) {
        self.place().store(number, Ordering::SeqCst);
    }

    /// Clears the mark: the commit is done, or has left nothing in the file.
    pub(super) fn clear(&self) {
        self.place().store(0, Ordering::SeqCst);
    }

    fn place(&self) -> &AtomicU64 {
        // SAFETY: the map contains the eight bytes from MARK_AT on. They are aligned, because MARK_AT is a multiple of eight and the
        // map begins at a page boundary. The map lives as long as `self`. Nothing else in this process refers to these bytes: LMDB
        // reads and writes no byte of page 0 beyond its fields. The file is never shorter than two pages while it is open.
        unsafe { AtomicU64::from_ptr(self.0.as_mut_ptr().add(MARK_AT).cast()) }
    }
}

/// A mark that was found.
#[derive(Debug)]
pub(super) struct Unfinished {
    number: u64,
    /// The offset of the commit's number in the file.
    number_at: u64,
    /// True if the meta page already named the commit.
    pub(super) is_named: bool,
}

impl Unfinished {
    /// Returns the mark in a store's data file, or `None` if there is none.
    pub(super) fn find(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(path.join(DATA_FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        match Self::read(&file) {
            // The file is too short for an LMDB file.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            found => found,
        }
    }

    fn read(file: &File) -> io::Result<Option<Self>> {
        let number = u64::from_ne_bytes(bytes_at(file, MARK_AT as u64)?);
        let page_bytes = u64::from(u32::from_ne_bytes(bytes_at(file, PAGE_BYTES_AT)?));
        let page = (number & 1) * page_bytes;
        let magic = [bytes_at(file, page + MAGIC_AT)?, bytes_at(file, page + MAGIC_AT + 4)?].map(u32::from_ne_bytes);
        if number == 0 || magic != MAGIC {
            return Ok(None);
        }
        let number_at = page + NUMBER_AT;
        let is_named = u64::from_ne_bytes(bytes_at(file, number_at)?) == number;
        Ok(Some(Self { number, number_at, is_named }))
    }

    /// Undoes the commit before the LMDB environment is opened. The caller must hold the writer lock.
    pub(super) fn take_back(&self, path: &Path) -> io::Result<()> {
        if self.is_named {
            // The number that the page had before: each of the two meta pages names every other commit.
            self.write(path, self.number_at, self.number.saturating_sub(2))?;
        }
        Ok(())
    }

    /// Restores the commit if a reader can have seen it, and clears the mark. Must be called before the first write.
    pub(super) fn settle(&self, path: &Path, environment: &Environment) -> Result<(), Error> {
        let failed = |error: io::Error| Error::Other(error.raw_os_error().unwrap_or_default());
        let transaction = environment.begin_ro_txn()?;
        // SAFETY: the transaction is alive, and the call only reads its number.
        let newest = unsafe { lmdb_sys::mdb_txn_id(transaction.txn()) } as u64;
        // The table of readers outlived the writing process, so another process still reads. The table names complete commits only.
        if newest == self.number {
            self.write(path, self.number_at, self.number).map_err(failed)?;
        }
        self.write(path, MARK_AT as u64, 0).map_err(failed)
    }

    fn write(&self, path: &Path, at: u64, number: u64) -> io::Result<()> {
        let file = File::options().write(true).open(path.join(DATA_FILE))?;
        file.write_all_at(&number.to_ne_bytes(), at)
    }
}

fn bytes_at<const N: usize>(file: &File, at: u64) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}
