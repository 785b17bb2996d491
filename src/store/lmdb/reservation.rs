//! The space of a data file that is written through its map.
//!
//! A write into a page of the map that has no block on the disk is no error where the disk is full: it ends the process with
//! SIGBUS. So every page that a transaction can write has a block before it is written: those of the file when it is opened,
//! and as many beyond its end as the transaction can take, before each operation ([`Bound`](super::bound::Bound)).
//!
//! ```text
//!  0                     used                   reserved         map
//!  ├─────────────────────┼──────────────────────┼─ ─ ─ ─ ─ ─ ─ ─ ┤
//!   no holes              blocks, not written    beyond the file
//! ```
//! Blocks are reserved some at a time, so a small commit makes no system call. A file for which there are none when it is opened
//! is not written through the map.
//!
//! **The file's length.** The database makes the file as long as the map when it maps it. It is cut right after that, and when it
//! is closed, to what is used. No reader misses what is cut: a page that a snapshot can name is not beyond the last page of
//! some commit, that number never falls, and only the one process that may write cuts. Nor is anything lost where that number is
//! damaged: what is not a hole in the file that was found is kept.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lmdb::{Environment, Error};
use rustix::fs::{FallocateFlags, SeekFrom, fallocate, ftruncate, seek};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

use super::bound::{Bound, Operation};
use super::files::DATA_FILE;
use super::unfinished::Mark;

/// What is reserved beyond what is needed: an eighth of the file, between these.
const LEAST_AHEAD: u64 = 1 << 20;
const MOST_AHEAD: u64 = 16 << 20;

/// The data file of a database that is written through its map.
#[derive(Debug)]
pub(super) struct Reservation {
    file: File,
    page_bytes: u64,
    pub(super) mark: Mark,
    state: Mutex<State>,
}

/// Bytes from the beginning of the file.
#[derive(Debug)]
pub(super) struct State {
    /// Up to there every page has a block. So long is the file, but for the moments in which the database maps it.
    reserved: u64,
    /// The file is not cut below that when it is closed.
    kept: u64,
    /// A transaction took more than its bound. None may begin after it.
    pub(super) is_outgrown: bool,
}

impl Reservation {
    /// Of a file that a database has just mapped; nothing if there is no space for it.
    pub(super) fn of(file: File, environment: &Environment) -> Result<Option<Self>, Error> {
        let failed = |errno: Errno| Error::Other(errno.raw_os_error());
        let page_bytes = u64::from(environment.stat()?.page_size().max(1));
        let used = used_bytes(environment)?;
        let kept = cut(&file, used).map_err(failed)?;
        // As much as a small commit takes, or what is free in a large file would be no use where the disk is full.
        let table = environment.stat()?.into();
        let commit = Bound::begin(page_bytes, used / page_bytes, table).with(table, Operation::Commit);
        let end = kept.max(used).saturating_add(commit.saturating_mul(page_bytes)).saturating_add(LEAST_AHEAD);
        let reserved = fill_holes(&file, kept).and_then(|()| allocate(&file, kept, end));
        let (Ok(()), Ok(mark)) = (reserved, Mark::of(&file)) else {
            ftruncate(&file, kept).map_err(failed)?;
            return Ok(None);
        };
        let state = State { reserved: end, kept, is_outgrown: false };
        Ok(Some(Self { file, page_bytes, mark, state: Mutex::new(state) }))
    }

    pub(super) fn page_bytes(&self) -> u64 {
        self.page_bytes
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes blocks for the first pages of the file, all of them or an error.
    pub(super) fn reserve(&self, state: &mut State, pages: u64) -> Result<(), Error> {
        let bytes = pages.saturating_mul(self.page_bytes);
        if bytes <= state.reserved {
            return Ok(());
        }
        self.extend(state, bytes).map_err(|errno| Error::Other(errno.raw_os_error()))
    }

    fn extend(&self, state: &mut State, bytes: u64) -> Result<(), Errno> {
        let ahead = (bytes / 8).clamp(LEAST_AHEAD, MOST_AHEAD);
        let mut failed = Errno::FBIG;
        for end in [bytes.saturating_add(ahead) / self.page_bytes * self.page_bytes, bytes] {
            match allocate(&self.file, state.reserved, end) {
                Ok(()) => {
                    state.reserved = end;
                    return Ok(());
                }
                Err(errno) => failed = errno,
            }
            // Others need the part that there was.
            let _ = ftruncate(&self.file, state.reserved);
        }
        Err(failed)
    }

    /// Says what is in use after a commit, so that closing cuts no less.
    pub(super) fn keep(&self, state: &mut State, pages: u64) {
        state.kept = state.kept.max(pages.saturating_mul(self.page_bytes));
    }

    /// Makes the file as long as a new map, since the database gives its map up before it tries. Returns whether it is.
    pub(super) fn stretch(&self, bytes: u64) -> bool {
        // The limit is a signal, not an error.
        getrlimit(Resource::Fsize).current.is_none() && ftruncate(&self.file, bytes).is_ok()
    }

    /// Takes back what mapping did to the file's length.
    pub(super) fn shorten(&self) {
        // A file that is too long has the same contents, and is cut when it is opened again.
        let _ = ftruncate(&self.file, self.state().reserved);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        // The same.
        let _ = ftruncate(&self.file, state.kept.min(state.reserved));
    }
}

/// Bytes of the file up to the last page that a commit has taken.
fn used_bytes(environment: &Environment) -> Result<u64, Error> {
    let page_bytes = u64::from(environment.stat()?.page_size());
    Ok((environment.info()?.last_pgno() as u64).saturating_add(1).saturating_mul(page_bytes))
}

/// Cuts what a process left that was killed while its data file was long, where this one will not write through the map.
pub(super) fn cut_what_was_left(path: &Path, environment: &Environment) -> Result<(), Error> {
    let failed = |error: io::Error| Error::Other(error.raw_os_error().unwrap_or_default());
    let file = File::options().write(true).open(path.join(DATA_FILE)).map_err(failed)?;
    cut(&file, used_bytes(environment)?).map_err(|errno| Error::Other(errno.raw_os_error()))?;
    Ok(())
}

/// Cuts a hole off the end of a file, all that is beyond some bytes of it. Returns its length.
pub(super) fn cut(file: &File, beyond: u64) -> Result<u64, Errno> {
    let length = rustix::fs::fstat(file)?.st_size as u64;
    let mut end = beyond;
    while end < length {
        match seek(file, SeekFrom::Data(end)) {
            Ok(data) => end = seek(file, SeekFrom::Hole(data))?,
            // There is nothing else.
            Err(Errno::NXIO) => {
                ftruncate(file, end)?;
                return Ok(end);
            }
            Err(errno) => return Err(errno),
        }
    }
    Ok(length)
}

/// Takes blocks for the holes in the first bytes of a file: a copy can have been made with them, and the database leaves out
/// pages that a transaction takes and frees.
fn fill_holes(file: &File, bytes: u64) -> Result<(), Errno> {
    // Where there is one there are many, and what is no hole is left as it is.
    match seek(file, SeekFrom::Hole(0))? {
        hole if hole < bytes => allocate(file, hole, bytes),
        _ => Ok(()),
    }
}

fn allocate(file: &File, from: u64, to: u64) -> Result<(), Errno> {
    loop {
        match fallocate(file, FallocateFlags::empty(), from, to - from) {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}
