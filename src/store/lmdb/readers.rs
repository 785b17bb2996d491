//! LMDB's table of readers, `lock.mdb`, in which each snapshot registers the commit that it still needs.
//!
//! LMDB maps the table without reserving space for it. On a full disk, the first snapshot that uses a part without a block would end the
//! process. So all of the table has blocks before LMDB opens it, for reading too.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use super::failure::io_error;
use super::files::READERS_FILE;
use crate::limits::STORE_READERS;
use crate::store::StoreError;

/// The length of the table in bytes: a slot of 64 bytes for each snapshot, and what comes before them.
const BYTES: u64 = (STORE_READERS as u64 + 64) * SLOT_BYTES;

const SLOT_BYTES: u64 = 64;

/// The least size of a block of a file system.
const LEAST_BLOCK_BYTES: u64 = 512;

/// Reserves disk blocks for the table. Must be called before the LMDB environment is opened, because closing the file releases all locks
/// of the process on it.
pub(super) fn reserve(path: &Path) -> Result<(), StoreError> {
    let table = path.join(READERS_FILE);
    let file = match File::options().read(true).write(true).create(true).truncate(false).open(&table) {
        Ok(file) => file,
        // LMDB reads without the table where nothing can be written.
        Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => return Ok(()),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return Err(StoreError::ReadersNotWritable { path: table, source: error });
        }
        Err(error) if error.kind() == ErrorKind::StorageFull => return Err(full(path, &error)),
        Err(error) => return Err(io_error("opening for writing", &table)(error)),
    };
    let length = file.metadata().map_err(io_error("looking at", &table))?.len();
    let reserved = match fallocate(&file, FallocateFlags::KEEP_SIZE, 0, length.max(BYTES)) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => write_blocks(&file),
        result => result.map_err(io::Error::from),
    };
    match reserved {
        Err(error)
            if [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge].contains(&error.kind()) =>
        {
            Err(full(path, &error))
        }
        // Where nothing helps, the first parts of the table usually have blocks.
        _ => Ok(()),
    }
}

/// Gives each part of the table a block on a file system that cannot reserve any, by writing the last byte of each possible block. It is
/// the last byte of a slot, which LMDB never uses: of the 64 bytes it needs 24. So this can be done beside other processes.
fn write_blocks(file: &File) -> io::Result<()> {
    let ends = (LEAST_BLOCK_BYTES..=u64::from(STORE_READERS) * SLOT_BYTES).step_by(LEAST_BLOCK_BYTES as usize);
    ends.into_iter().try_for_each(|end| file.write_all_at(&[0], end - 1))
}

fn full(path: &Path, error: &io::Error) -> StoreError {
    let attempted = "reserving the table of readers, lock.mdb,";
    StoreError::Full { path: path.to_owned(), attempted, reason: error.to_string() }
}
