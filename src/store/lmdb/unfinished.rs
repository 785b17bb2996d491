//! The mark of a commit through the map that is not done.
//!
//! Without the map, one call writes the page that names a commit. Through the map the database stores its fields one after another,
//! the number last by which the newest commit is found; but a compiler may put the number before others of them, and does. A
//! process that is killed between those stores would leave a newest commit that is partly the one before the last.
//!
//! So the number of a commit stands in the file from before the database does it until it is done, where the database keeps nothing:
//!
//! ```text
//! page 0          │header 16│magic 4│version 4│ … │page's bytes 4, at 40│ … │number 8, at 144│   …   │mark 8, at 2048│   …   │
//! page number & 1   names the commit of that number
//! ```
//! Who opens the store and finds the mark, and nobody who writes, takes the commit back: nobody was told of it, and the one before
//! it has all its pages. But a process that has the store open for reading can have seen it, if it was whole; the table of readers
//! says whether it was. Then it stays.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use lmdb::{Environment, Error, Transaction};
use memmap2::{MmapOptions, MmapRaw};

use super::files::DATA_FILE;

/// Where things are in page 0, and in page 1.
const MAGIC_AT: u64 = 16;
const PAGE_BYTES_AT: u64 = 40;
const NUMBER_AT: u64 = 144;
const MARK_AT: usize = 2_048;

/// What the database begins with, and the version of its form.
const MAGIC: [u32; 2] = [0xbeef_c0de, 1];

/// The mark in a file that is written through its map.
#[derive(Debug)]
pub(super) struct Mark(MmapRaw);

impl Mark {
    /// Of a file that has a page.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        MmapOptions::new().len(MARK_AT + size_of::<u64>()).map_raw(file).map(Self)
    }

    /// A commit of a number begins.
    pub(super) fn set(&self, number: u64) {
        self.place().store(number, Ordering::SeqCst);
    }

    /// It is done, or nothing of it is there.
    pub(super) fn clear(&self) {
        self.place().store(0, Ordering::SeqCst);
    }

    fn place(&self) -> &AtomicU64 {
        // SAFETY: the map has the eight bytes from MARK_AT on, which is a multiple of eight in a map that begins with a page; it is
        // there as long as `self`. In this process nothing else refers to them: the database reads and writes no byte of page 0
        // beyond its fields. The file is never shorter than two pages while it is open.
        unsafe { AtomicU64::from_ptr(self.0.as_mut_ptr().add(MARK_AT).cast()) }
    }
}

/// A mark that was found.
#[derive(Debug)]
pub(super) struct Unfinished {
    number: u64,
    /// Where the number of the commit is in the file.
    number_at: u64,
    /// Whether it was the newest there.
    pub(super) is_named: bool,
}

impl Unfinished {
    /// The mark in the data file of a store, if it has one.
    pub(super) fn find(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(path.join(DATA_FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        match Self::read(&file) {
            // It is too short to be a database.
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

    /// Takes the commit back, before the database is opened. The caller has the right to write.
    pub(super) fn take_back(&self, path: &Path) -> io::Result<()> {
        if self.is_named {
            // What it was before: of the two pages, one names every other commit.
            self.write(path, self.number_at, self.number.saturating_sub(2))?;
        }
        Ok(())
    }

    /// Gives it back if somebody can have seen it, and removes the mark, before anything is written.
    pub(super) fn settle(&self, path: &Path, environment: &Environment) -> Result<(), Error> {
        let failed = |error: io::Error| Error::Other(error.raw_os_error().unwrap_or_default());
        let transaction = environment.begin_ro_txn()?;
        // SAFETY: the transaction lives, and the call only reads its number.
        let newest = unsafe { lmdb_sys::mdb_txn_id(transaction.txn()) } as u64;
        // The table of readers has outlived the process that wrote, and so somebody who reads; it was told of whole commits only.
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
