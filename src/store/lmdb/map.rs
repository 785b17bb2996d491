//! The growth of the LMDB map while the store is open.

use std::ops::Deref;
use std::{process, ptr};

use lmdb::{Environment, Error};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

use super::environment::Shared;
use super::failure::MAP_IS_FULL;
use super::gate::Inside;
use crate::store::StoreError;
use crate::units::PAGE_SIZE;

/// The factor by which a map grows that is too small.
const GROWTH: usize = 2;

/// One part in `PARTS` of the map is kept free, unless a transaction prevents growth.
const PARTS: usize = 4;

/// Begins a transaction inside the gate. First grows the map if another process has written beyond the end of this process's map.
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

/// Runs `write`, and runs it again with a larger map as long as the map is full and can grow.
pub(super) fn with_space<T>(shared: &Shared, write: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    loop {
        let bytes = keep_a_part_free(shared);
        match write() {
            Err(StoreError::Full { reason, .. }) if reason == MAP_IS_FULL && grow(shared, bytes) => {}
            result => return result,
        }
    }
}

/// Grows the map if it is nearly full and no transaction is inside the gate. Returns the size of the map in bytes.
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

/// Makes the map larger than `than` bytes. Returns true if it is larger now.
fn grow(shared: &Shared, than: usize) -> bool {
    let grown = shared.gate.alone(|| match map_bytes(&shared.environment) {
        bytes if bytes > than => true,
        bytes => resize(shared, bytes.saturating_mul(GROWTH)),
    });
    grown.unwrap_or(false)
}

/// Returns the size of the map in bytes. It reads the map, so the caller must be inside the gate, or alone.
fn map_bytes(environment: &Environment) -> usize {
    environment.info().map_or(0, |info| info.map_size())
}

/// Resizes the map. No transaction may be inside the gate. Returns false if there is too little address space or disk space.
fn resize(shared: &Shared, bytes: usize) -> bool {
    let reservation = shared.reservation.as_deref();
    if !can_be_had(bytes) || !reservation.is_none_or(|it| it.stretch(bytes as u64)) {
        return false;
    }
    if let Err(error) = shared.environment.set_map_size(bytes) {
        // LMDB has unmapped its map and has no other. It would follow pointers into unmapped memory.
        eprintln!("the database has lost its map, of which {bytes} bytes were to be had: {error}");
        process::abort();
    }
    if let Some(reservation) = reservation {
        reservation.shorten();
    }
    true
}

/// Returns true if the process has this much free address space beside its present map. LMDB unmaps its map before it creates a
/// new one, so a resize must not be tried unless it will succeed.
fn can_be_had(bytes: usize) -> bool {
    // SAFETY: the kernel chooses the address, so no other mapping is replaced. The new mapping is unmapped at once, unused.
    unsafe {
        match mmap_anonymous(ptr::null_mut(), bytes, ProtFlags::empty(), MapFlags::PRIVATE | MapFlags::NORESERVE) {
            Ok(place) => munmap(place, bytes).is_ok(),
            Err(_) => false,
        }
    }
}
