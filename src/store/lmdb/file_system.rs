//! Where a reserved block is one that can be written.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{AtFlags, FallocateFlags, StatxAttributes, StatxFlags, fallocate, fstatfs, statx};
use rustix::process::{Resource, getrlimit};

use super::files::DATA_FILE;
use crate::units::PAGE_SIZE;

/// A file system's number, and whether a file of it keeps the blocks that it has.
///
/// Any other is written without the map:
///
/// - btrfs, zfs, bcachefs, f2fs and nilfs write a page to a new place each time, so a block that is reserved is not the one that is
///   written;
/// - xfs does too where files share blocks, and a copy that is made while the store is open begins to share them;
/// - ext2 and ext3 have no way to reserve, which the kernel says when it is tried;
/// - of those in a network, in user space or above others (overlayfs) it cannot be told what they do.
const KEEPS_ITS_BLOCKS: [u64; 2] = [
    // ext4: a reserved block is the file's, and marked as unwritten. Marking it as written can take a block more for the tree of
    // the file's blocks, of which the file system keeps some back for that, or else writes zeros instead.
    0xef53,
    // tmpfs: reserving takes the memory.
    0x0102_1994,
];

/// The data file of a store whose blocks can be reserved, opened, and made if it is not there; nothing where that cannot be
/// had.
pub(super) fn open_where_blocks_are_kept(path: &Path) -> Option<File> {
    // The database makes the file as long as the map, which the limit answers with a signal.
    if getrlimit(Resource::Fsize).current.is_some() {
        return None;
    }
    let mut options = File::options();
    // As the database makes it.
    options.read(true).write(true).create(true).truncate(false).mode(0o644);
    let file = options.open(path.join(DATA_FILE)).ok()?;
    let number = fstatfs(&file).ok()?.f_type as u64 & u64::from(u32::MAX);
    // Memory that is a disk is mapped itself, and finds blocks for its file's tree when it is touched.
    let is_disk_itself = statx(&file, "", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS)
        .map_or(true, |known| known.stx_attributes.contains(StatxAttributes::DAX));
    if !KEEPS_ITS_BLOCKS.contains(&number) || is_disk_itself {
        return None;
    }
    fallocate(&file, FallocateFlags::KEEP_SIZE, 0, 2 * PAGE_SIZE as u64).ok()?;
    Some(file)
}
