//! The map of the data file: how it grows while the store is open.

use std::ops::Deref;
use std::{process, ptr};

use lmdb::{Environment, Error};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

use super::environment::Shared;
use super::failure::MAP_IS_FULL;
use super::gate::Inside;
use crate::store::StoreError;
use crate::units::PAGE_SIZE;

/// What a map is multiplied by when it is too small.
const GROWTH: usize = 2;

/// Of so many parts of a map one is kept free, if nobody is in the way.
const PARTS: usize = 4;

/// Begins a transaction inside the gate. Where another process has written more than this one has mapped, more is mapped
/// before.
pub(super) fn begin<'a, T, S: Deref<Target = Shared>>(
    shared: &'a Shared,
    kept: impl Fn() -> S,
    attempted: &'static str,
    begin: impl Fn(&'a Environment) -> Result<T, Error>,
) -> Result<(T, Inside<S>), StoreError> {
    loop {
        let inside = Inside::of(kept());
        match begin(&shared.environment) {
            Ok(transaction) => return Ok((transaction, inside)),
            Err(Error::MapResized) => {
                let bytes = map_bytes(&shared.environment);
                drop(inside);
                if !grow(shared, bytes) {
                    return Err(shared.error(attempted)(Error::MapResized));
                }
            }
            Err(error) => return Err(shared.error(attempted)(error)),
        }
    }
}

/// Writes something in a transaction, and again in a larger map if it did not fit.
pub(super) fn with_space<T>(shared: &Shared, write: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    loop {
        let bytes = keep_a_part_free(shared);
        match write() {
            Err(StoreError::Full { reason, .. }) if reason == MAP_IS_FULL && grow(shared, bytes) => {}
            result => return result,
        }
    }
}

/// Makes the map larger if it is nearly full and nobody is in the way. Returns how large it is.
fn keep_a_part_free(shared: &Shared) -> usize {
    shared.gate.if_alone(|| {
        let used = shared.environment.info().map_or(0, |info| info.last_pgno() * PAGE_SIZE);
        let bytes = map_bytes(&shared.environment);
        if used > bytes / PARTS * (PARTS - 1) {
            resize(shared, bytes.saturating_mul(GROWTH));
        }
    });
    let _inside = Inside::of(shared);
    map_bytes(&shared.environment)
}

/// Makes the map larger than it was. Returns whether it is.
fn grow(shared: &Shared, than: usize) -> bool {
    let grown = shared.gate.alone(|| match map_bytes(&shared.environment) {
        bytes if bytes > than => true,
        bytes => resize(shared, bytes.saturating_mul(GROWTH)),
    });
    grown.unwrap_or(false)
}

/// Only inside the gate, or alone: it reads the map.
fn map_bytes(environment: &Environment) -> usize {
    environment.info().map_or(0, |info| info.map_size())
}

/// Only while nobody is inside the gate. Returns whether there is address space for that.
fn resize(shared: &Shared, bytes: usize) -> bool {
    let reservation = shared.reservation.as_ref();
    if !can_be_had(bytes) || !reservation.is_none_or(|it| it.stretch(bytes as u64)) {
        return false;
    }
    if let Err(error) = shared.environment.set_map_size(bytes) {
        // The database has given its map up and has no other. It would follow pointers into what is no longer there.
        eprintln!("the database has lost its map, of which {bytes} bytes were to be had: {error}");
        process::abort();
    }
    if let Some(reservation) = reservation {
        reservation.shorten();
    }
    true
}

/// Whether the process has so much address space left beside all that it has. The database gives its map up before it asks
/// for another, so it is only asked for what can be had.
fn can_be_had(bytes: usize) -> bool {
    // SAFETY: the kernel chooses where, so nothing is mapped over, and what is mapped is given back at once, unused.
    unsafe {
        match mmap_anonymous(ptr::null_mut(), bytes, ProtFlags::empty(), MapFlags::PRIVATE | MapFlags::NORESERVE) {
            Ok(place) => munmap(place, bytes).is_ok(),
            Err(_) => false,
        }
    }
}
