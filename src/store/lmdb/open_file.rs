//! Opening the data file, with or without writing through its map, and with the largest map that the address space allows.

use std::fs::File;
use std::path::Path;
use std::{io, iter};

use lmdb::{Environment, EnvironmentFlags, Error};
use memmap2::{MmapMut, MmapOptions};
use rustix::io::Errno;

use super::failure::{io_error, translate};
use super::file_system;
use super::options::{Access, Durability, OpenOptions, Settings};
use super::reservation::{self, Reservation};
use crate::host;
use crate::limits::{CALL_ADDRESS_SPACE_BYTES, LEAST_STORE_MAP_BYTES, STORE_READERS};
use crate::store::StoreError;

/// Opens the LMDB environment. Returns the reservation, too, if the file is written through its map.
pub(super) fn open_file(
    path: &Path,
    options: &OpenOptions,
    settings: Settings,
) -> Result<(Environment, Option<Reservation>), StoreError> {
    let is_through_map = options.access == Access::ReadWrite && options.durability == Durability::Async;
    if is_through_map
        && settings.through_map
        && let Some(file) = file_system::open_where_blocks_are_kept(path)
        && let Some((environment, reservation)) = open_through_map(path, options, settings.map_bytes, file)?
    {
        return Ok((environment, Some(reservation)));
    }
    let environment = open_environment(path, options, EnvironmentFlags::empty(), settings.map_bytes)?;
    if options.access == Access::ReadWrite {
        reservation::cut_what_was_left(path, &environment).map_err(|error| translate(path, CUTTING, error))?;
    }
    Ok((environment, None))
}

/// The operation that an error names if the length of the data file cannot be changed.
const CUTTING: &str = "cutting the data file to what is used";

/// Opens the LMDB environment with its file mapped for writing. Returns `None` if there is no disk space to reserve.
fn open_through_map(
    path: &Path,
    options: &OpenOptions,
    map_bytes: usize,
    file: File,
) -> Result<Option<(Environment, Reservation)>, StoreError> {
    let length = file.metadata().map_err(io_error("looking at the data file in", path))?.len();
    // Reading ahead puts pages into large folios of the page cache, of which a file system can visit every block for each page that is
    // written.
    let flags = EnvironmentFlags::WRITE_MAP | EnvironmentFlags::NO_READAHEAD;
    let opened = open_environment(path, options, flags, map_bytes);
    if opened.is_err() {
        // The failed attempt can have extended the file to the length of the map. An error of cutting it would hide the first error.
        let _ = reservation::cut(&file, length);
    }
    let environment = opened?;
    let reservation = Reservation::of(file, &environment).map_err(|error| translate(path, CUTTING, error))?;
    Ok(reservation.map(|reservation| (environment, reservation)))
}

/// Opens the LMDB environment with the largest map that the address space allows, at most `map_bytes`.
///
/// It leaves room for the memories of calls: as much as the map takes, but at least those of one call. A process without that much
/// address space can still read the store.
fn open_environment(
    path: &Path,
    options: &OpenOptions,
    mut flags: EnvironmentFlags,
    map_bytes: usize,
) -> Result<Environment, StoreError> {
    // Snapshots move between threads, so their transactions must not be tied to one thread.
    flags |= EnvironmentFlags::NO_TLS;
    flags.set(EnvironmentFlags::READ_ONLY, options.access != Access::ReadWrite);
    flags.set(EnvironmentFlags::NO_LOCK, options.access == Access::ReadOnlyWithoutLock);
    flags.set(EnvironmentFlags::NO_SYNC, options.durability == Durability::Async);
    let mut builder = Environment::new();
    builder.set_flags(flags).set_max_dbs(1).set_max_readers(STORE_READERS);
    let sizes = || iter::successors(Some(map_bytes), |bytes| (*bytes > LEAST_STORE_MAP_BYTES).then_some(bytes / 2));
    let with_room = sizes().map(|bytes| (bytes, bytes.max(CALL_ADDRESS_SPACE_BYTES)));
    for (bytes, room) in with_room.chain(sizes().map(|bytes| (bytes, 0))) {
        let Some(_room) = reserve(room) else { continue };
        match builder.set_map_size(bytes).open(path) {
            Ok(environment) => return Ok(environment),
            Err(Error::Other(code)) if is_lack_of_address_space(code) => {}
            Err(error) => return Err(opening_error(path, error)),
        }
    }
    let bytes = map_bytes.min(LEAST_STORE_MAP_BYTES);
    Err(StoreError::AddressSpace { path: path.to_owned(), bytes, reason: host::refused_address_space(bytes) })
}

/// Reserves address space until the returned value is dropped. Returns `None` if there is too little.
fn reserve(bytes: usize) -> Option<Option<MmapMut>> {
    match bytes {
        0 => Some(None),
        _ => MmapOptions::new().len(bytes).no_reserve_swap().map_anon().ok().map(Some),
    }
}

/// Returns true if a map is too large for the address space of the process or for the largest file of the file system.
fn is_lack_of_address_space(code: i32) -> bool {
    matches!(Errno::from_raw_os_error(code), Errno::NOMEM | Errno::OVERFLOW | Errno::FBIG)
}

fn opening_error(path: &Path, error: Error) -> StoreError {
    let not_a_store = |reason| StoreError::NotAStore { path: path.to_owned(), reason };
    match error {
        Error::Invalid => not_a_store("its data file is not a database"),
        Error::VersionMismatch => not_a_store("its data file is of another kind of database"),
        Error::Other(code) => io_error("opening the database in", path)(io::Error::from_raw_os_error(code)),
        error => translate(path, "opening the database", error),
    }
}
