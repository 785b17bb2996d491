//! Windows. A window is synchronised with storage when it is mapped, before and after each outgoing call, and at the return.

use super::outcome::{Outcome, REFUSED, STATIC};
use super::own_memory::OwnMemory;
use super::scene::CallFrame;
use super::world::{SIZE, World};
use crate::fuzzing::script::OWN_BYTES;
use crate::units::PAGE_SIZE;

/// The windows of a call.
#[derive(Debug, Default)]
pub(super) struct Windows(Vec<Window>);

#[derive(Debug)]
struct Window {
    memory: usize,
    storage: usize,
    /// The bytes of storage at the last load.
    loaded: Vec<u8>,
}

impl Windows {
    /// Maps a window: its offset in own memory, its offset in storage, and its length.
    pub(super) fn map(
        &mut self,
        window: [u32; 3],
        own: &mut OwnMemory,
        world: &World,
        frame: CallFrame,
    ) -> Result<(), Outcome> {
        let [memory, storage, length] = window.map(|number| number as usize);
        let apart = |a: usize, b: usize, other: usize| a + length <= b || b + other <= a;
        let fits = [memory, storage, length].iter().all(|at| at % PAGE_SIZE == 0)
            && memory + length <= OWN_BYTES
            && storage + length <= SIZE
            && self.0.iter().all(|other| {
                let size = other.loaded.len();
                apart(memory, other.memory, size) && apart(storage, other.storage, size)
            });
        if !fits {
            return Err(REFUSED);
        }
        if length > 0 {
            let mut window = Window { memory, storage, loaded: vec![0; length] };
            window.load(own, world, frame);
            self.0.push(window);
        }
        Ok(())
    }

    /// Writes the bytes that changed since the last load to storage.
    pub(super) fn flush(&mut self, own: &OwnMemory, world: &mut World, frame: CallFrame) -> Result<(), Outcome> {
        for window in &mut self.0 {
            let now = &own[window.memory..window.memory + window.loaded.len()];
            if *now == *window.loaded {
                continue;
            }
            if frame.read_only {
                return Err(STATIC);
            }
            for at in (0..now.len()).filter(|at| now[*at] != window.loaded[*at]) {
                world.write(frame.contract, window.storage + at, &now[at..=at]);
            }
            window.loaded = now.to_vec();
        }
        Ok(())
    }

    /// Copies storage into all windows.
    pub(super) fn load(&mut self, own: &mut OwnMemory, world: &World, frame: CallFrame) {
        self.0.iter_mut().for_each(|window| window.load(own, world, frame));
    }
}

impl Window {
    fn load(&mut self, own: &mut OwnMemory, world: &World, frame: CallFrame) {
        let length = self.loaded.len();
        self.loaded = world.read(frame.contract, self.storage..self.storage + length);
        own.write(self.memory..self.memory + length).copy_from_slice(&self.loaded);
    }
}
