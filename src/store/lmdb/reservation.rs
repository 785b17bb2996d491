//! The disk space of a data file that is written through its map.
//!
//! If the disk is full, a write to a page of the map without a disk block gives no error: it ends the process with SIGBUS. So every
//! page gets a disk block before a transaction can write it. The pages of the file get theirs when the file is opened. The pages
//! beyond its end get theirs before each operation, as many as the transaction can take ([`Bound`](super::bound::Bound)).
//!
//! ```text
//!  0                     used                   reserved         map
//!  ├─────────────────────┼──────────────────────┼─ ─ ─ ─ ─ ─ ─ ─ ┤
//!   no holes              blocks, not written    beyond the file
//! ```
//! Many disk blocks are reserved at a time, so a small commit makes no system call. If there are no blocks for a file when it is
//! opened, the file is not written through the map.
//!
//! **The length of the file.** LMDB extends the file to the length of the map when it maps it. Right after that the file is cut to its
//! used length and the reservation, and on closing to its used length. No reader needs the part that is cut: every page that a
//! snapshot can reach is at or before the last page of some commit, the number of that page never falls, and only the writing process
//! cuts. Nothing is lost if that number is damaged, either: when the file is opened, only a hole at its end is cut.

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

/// The limits, in bytes, of what is reserved beyond the need. It is an eighth of the file between these limits.
const LEAST_AHEAD: u64 = 1 << 20;
const MOST_AHEAD: u64 = 16 << 20;

/// The reserved space of a data file that is written through its map.
#[derive(Debug)]
pub(super) struct Reservation {
    file: File,
    page_bytes: u64,
    pub(super) mark: Mark,
    state: Mutex<State>,
}

/// The reserved and the used length of the file, in bytes.
#[derive(Debug)]
pub(super) struct State {
    /// Every page below this offset has a disk block. It is also the length of the file, except while LMDB maps it.
    reserved: u64,
    /// Closing does not cut the file below this length.
    kept: u64,
    /// True if a transaction took more pages than its bound. Then no further transaction may begin.
    pub(super) is_outgrown: bool,
}

impl Reservation {
    /// Reserves space for a file that LMDB has just mapped. Returns `None` if there is too little space.
    pub(super) fn of(file: File, environment: &Environment) -> Result<Option<Self>, Error> {
        let failed = |errno: Errno| Error::Other(errno.raw_os_error());
        let page_bytes = u64::from(environment.stat()?.page_size().max(1));
        let used = used_bytes(environment)?;
        let kept = cut(&file, used).map_err(failed)?;
        // Reserves enough for a small commit. Otherwise a full disk would prevent every commit, even in a file with many free pages.
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

    /// Reserves disk blocks for the first `pages` pages of the file, or returns an error.
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
            // Returns the blocks of a partial reservation, which other programs may need.
            let _ = ftruncate(&self.file, state.reserved);
        }
        Err(failed)
    }

    /// Records the number of used pages after a commit, so that closing keeps them.
    pub(super) fn keep(&self, state: &mut State, pages: u64) {
        state.kept = state.kept.max(pages.saturating_mul(self.page_bytes));
    }

    /// Extends the file to the length of a new map, before LMDB unmaps the old one and could fail. Returns true on success.
    pub(super) fn stretch(&self, bytes: u64) -> bool {
        // Exceeding the limit raises a signal instead of an error, so the function does nothing if there is a limit.
        getrlimit(Resource::Fsize).current.is_none() && ftruncate(&self.file, bytes).is_ok()
    }

    /// Cuts the file to the reserved length after LMDB has mapped it.
    pub(super) fn shorten(&self) {
        // Ignores an error: a file that is too long has the same content, and is cut when it is opened again.
        let _ = ftruncate(&self.file, self.state().reserved);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Ignores an error for the same reason as `shorten`.
        let _ = ftruncate(&self.file, state.kept.min(state.reserved));
    }
}

/// Returns the length of the file, in bytes, up to the last page that a commit has taken.
fn used_bytes(environment: &Environment) -> Result<u64, Error> {
    let page_bytes = u64::from(environment.stat()?.page_size());
    Ok((environment.info()?.last_pgno() as u64).saturating_add(1).saturating_mul(page_bytes))
}

/// Cuts a data file that a killed process left too long. Needed if this process does not write through the map.
pub(super) fn cut_what_was_left(path: &Path, environment: &Environment) -> Result<(), Error> {
    let failed = |error: io::Error| Error::Other(error.raw_os_error().unwrap_or_default());
    let file = File::options().write(true).open(path.join(DATA_FILE)).map_err(failed)?;
    cut(&file, used_bytes(environment)?).map_err(|errno| Error::Other(errno.raw_os_error()))?;
    Ok(())
}

/// Cuts the hole at the end of a file, but nothing below the offset `beyond`. Returns the new length.
pub(super) fn cut(file: &File, beyond: u64) -> Result<u64, Errno> {
    let length = rustix::fs::fstat(file)?.st_size as u64;
    let mut end = beyond;
    while end < length {
        match seek(file, SeekFrom::Data(end)) {
            Ok(data) => end = seek(file, SeekFrom::Hole(data))?,
            // No data follows `end`.
            Err(Errno::NXIO) => {
                ftruncate(file, end)?;
                return Ok(end);
            }
            Err(errno) => return Err(errno),
        }
    }
    Ok(length)
}

/// Reserves disk blocks for the holes in the first `bytes` bytes of a file. A copy of the file can have holes, and LMDB does not
/// write pages that a transaction takes and frees.
fn fill_holes(file: &File, bytes: u64) -> Result<(), Errno> {
    // One call covers all holes from the first on; it leaves data unchanged.
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
