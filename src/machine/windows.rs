//! Windows: ranges of storage presented at places in a contract's own memory, as ewasm's `storageMap` has it.
//!
//! A window is a copy. It meets storage where it is mapped, at its call's outgoing calls and at its return, and nowhere
//! else: there the bytes that differ from the copy last taken go to storage, windows in order of mapping, and after an
//! outgoing call the copy is taken anew. So where both have changed a byte, the window wins.

use std::ops::Range;

use super::environment::Environment;
use super::frame::CallFrame;
use super::stop::{Stop, static_write};
use super::window::Window;
use crate::units::PAGE_SIZE;

const NAME: &str = "ewasm.storageMap";

/// Maps a window, which the caller has paid for.
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
    frame.memory.read(NAME, memory.start as i32, length)?;
    let overlap = |a: &Range<u64>, b: &Range<u64>| a.start < b.end && b.start < a.end;
    if let Some(other) =
        frame.windows.iter().find(|other| overlap(&other.memory, &memory) || overlap(&other.storage, &storage))
    {
        let (other_memory, other_storage) = (&other.memory, &other.storage);
        return refuse(format!(
            "memory {memory:?} of storage {storage:?} overlaps the window at memory {other_memory:?} of storage {other_storage:?}"
        ));
    }
    let mut window = Window { memory, storage, taken: vec![0; length as usize] };
    take(environment, frame, &mut window)?;
    if length > 0 {
        frame.windows.push(window);
    }
    Ok(())
}

/// Brings what windows have changed to storage.
pub(super) fn give(environment: &mut impl Environment, frame: &mut CallFrame) -> Result<(), Stop> {
    let mut windows = std::mem::take(&mut frame.windows);
    let given = windows.iter_mut().try_for_each(|window| give_one(environment, frame, window));
    frame.windows = windows;
    given
}

/// Copies what storage holds now into all windows.
pub(super) fn take_all(environment: &mut impl Environment, frame: &mut CallFrame) -> Result<(), Stop> {
    let mut windows = std::mem::take(&mut frame.windows);
    let taken = windows.iter_mut().try_for_each(|window| {
        frame.owed += window.taken.len() as u64;
        take(environment, frame, window)
    });
    frame.windows = windows;
    taken
}

fn give_one(environment: &mut impl Environment, frame: &mut CallFrame, window: &mut Window) -> Result<(), Stop> {
    frame.owed += window.taken.len() as u64;
    let CallFrame { memory, table, .. } = frame;
    for (at, page) in window.pages() {
        let now = memory.read(NAME, (window.memory.start as usize + at) as i32, PAGE_SIZE as u32)?;
        let taken = &mut window.taken[at..at + PAGE_SIZE];
        if now == taken {
            continue;
        }
        if table.is_read_only() {
            return Err(static_write("ewasm.storageMap: a window that was written"));
        }
        let storage = environment.page_mut(table, page)?;
        for ((storage, now), taken) in storage.iter_mut().zip(now).zip(taken) {
            if now != taken {
                (*storage, *taken) = (*now, *now);
            }
        }
    }
    Ok(())
}

fn take(environment: &mut impl Environment, frame: &mut CallFrame, window: &mut Window) -> Result<(), Stop> {
    let CallFrame { memory, table, .. } = frame;
    for (at, page) in window.pages() {
        let storage = environment.page(table, page)?;
        window.taken[at..at + PAGE_SIZE].copy_from_slice(storage);
        memory.write(NAME, (window.memory.start as usize + at) as i32, PAGE_SIZE as u32)?.copy_from_slice(storage);
    }
    Ok(())
}
