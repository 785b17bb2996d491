//! Windows: copies of ranges of storage in own memory, as ewasm's `storageMap` makes them.
//!
//! A window is synchronised with storage at three points: when it is made, at each outgoing call and when its call returns.
//! Before an outgoing call and at the return the bytes that differ from the last synchronisation are written to storage, in
//! the order in which the windows were made. After an outgoing call every window is copied from storage again. If both the
//! window and storage have changed a byte, the window wins.

use std::ops::Range;

use super::environment::Environment;
use super::frame::CallFrame;
use super::stop::{Stop, static_write};
use super::window::Window;
use crate::units::PAGE_SIZE;

const NAME: &str = "ewasm.storageMap";

/// Makes a window. The caller has charged for its bytes.
pub(crate) fn map(
    environment: &mut impl Environment,
    frame: &mut CallFrame,
    memory: u32,
    storage: u32,
    length: u32,
) -> Result<(), Stop> {
    let range = |start: u32| u64::from(start)..u64::from(start) + u64::from(length);
    let (memory, storage) = (range(memory), range(storage));
    let refuse = |what: String| Err(Stop::refuse(NAME, what));
    if [memory.start, storage.start, memory.end, storage.end].iter().any(|at| at % PAGE_SIZE as u64 != 0) {
        return refuse(format!("memory {memory:?} and storage {storage:?} are not whole pages of {PAGE_SIZE} bytes"));
    }
    let limit = environment.page_limit().bytes();
    if storage.end > limit {
        return refuse(format!("storage {storage:?} is not within the contract's {limit} bytes"));
    }
    frame.memory.read_own(NAME, memory.start as i32, length)?;
    // The search through the windows takes at most half a nanosecond for each.
    frame.owed += frame.windows.len() as u64;
    let overlap = |a: &Range<u64>, b: &Range<u64>| a.start < b.end && b.start < a.end;
    if let Some(other) =
        frame.windows.iter().find(|other| overlap(&other.memory, &memory) || overlap(&other.storage, &storage))
    {
        let (other_memory, other_storage) = (&other.memory, &other.storage);
        return refuse(format!(
            "memory {memory:?} of storage {storage:?} overlaps the window at memory {other_memory:?} of storage {other_storage:?}"
        ));
    }
    environment.take_memory(NAME, length as usize)?;
    let mut window = Window { memory, storage, synced: vec![0; length as usize] };
    refresh_one(environment, frame, &mut window)?;
    if length > 0 {
        frame.windows.push(window);
    }
    Ok(())
}

/// Writes the changed bytes of all windows to storage.
pub(super) fn write_back(environment: &mut impl Environment, frame: &mut CallFrame) -> Result<(), Stop> {
    let mut windows = std::mem::take(&mut frame.windows);
    let outcome = windows.iter_mut().try_for_each(|window| write_back_one(environment, frame, window));
    frame.windows = windows;
    outcome
}

/// Copies storage to all windows.
pub(super) fn refresh(environment: &mut impl Environment, frame: &mut CallFrame) -> Result<(), Stop> {
    let mut windows = std::mem::take(&mut frame.windows);
    let outcome = windows.iter_mut().try_for_each(|window| {
        frame.owed += window.synced.len() as u64;
        refresh_one(environment, frame, window)
    });
    frame.windows = windows;
    outcome
}

fn write_back_one(environment: &mut impl Environment, frame: &mut CallFrame, window: &mut Window) -> Result<(), Stop> {
    frame.owed += window.synced.len() as u64;
    let CallFrame { memory, table, .. } = frame;
    for (at, page) in window.pages() {
        let now = memory.read_own(NAME, (window.memory.start as usize + at) as i32, PAGE_SIZE as u32)?;
        let synced = &mut window.synced[at..at + PAGE_SIZE];
        if now == synced {
            continue;
        }
        if table.is_read_only() {
            return Err(static_write("ewasm.storageMap: a write to a window"));
        }
        let storage = environment.page_mut(table, page)?;
        for ((storage, now), synced) in storage.iter_mut().zip(now).zip(synced) {
            if now != synced {
                (*storage, *synced) = (*now, *now);
            }
        }
    }
    Ok(())
}

fn refresh_one(environment: &mut impl Environment, frame: &mut CallFrame, window: &mut Window) -> Result<(), Stop> {
    let CallFrame { memory, table, .. } = frame;
    for (at, page) in window.pages() {
        let storage = environment.page(table, page)?;
        window.synced[at..at + PAGE_SIZE].copy_from_slice(storage);
        let target = memory.write_own(NAME, (window.memory.start as usize + at) as i32, PAGE_SIZE as u32)?;
        target.copy_from_slice(storage);
    }
    Ok(())
}
