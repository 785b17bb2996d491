//! Windows: copies that meet storage where they are mapped, around each outgoing call and at the return.

use super::outcome::{Outcome, REFUSED, STATIC};
use super::own_memory::OwnMemory;
use super::scene::Frame;
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
    /// What was last copied in.
    taken: Vec<u8>,
}

impl Windows {
    /// Adds a window at a place in own memory and one in storage, of some length.
    pub(super) fn map(
        &mut self,
        window: [u32; 3],
        own: &mut OwnMemory,
        world: &World,
        frame: Frame,
    ) -> Result<(), Outcome> {
        let [memory, storage, length] = window.map(|number| number as usize);
        let apart = |a: usize, b: usize, other: usize| a + length <= b || b + other <= a;
        let fits = [memory, storage, length].iter().all(|at| at % PAGE_SIZE == 0)
            && memory + length <= OWN_BYTES
            && storage + length <= SIZE
            && self.0.iter().all(|other| {
                let size = other.taken.len();
                apart(memory, other.memory, size) && apart(storage, other.storage, size)
            });
        if !fits {
            return Err(REFUSED);
        }
        if length > 0 {
            let mut window = Window { memory, storage, taken: vec![0; length] };
            window.take(own, world, frame);
            self.0.push(window);
        }
        Ok(())
    }

    /// Every byte that differs from what was last copied in goes to storage.
    pub(super) fn give(&mut self, own: &OwnMemory, world: &mut World, frame: Frame) -> Result<(), Outcome> {
        for window in &mut self.0 {
            let now = &own[window.memory..window.memory + window.taken.len()];
            if *now == *window.taken {
                continue;
            }
            if frame.read_only {
                return Err(STATIC);
            }
            for at in (0..now.len()).filter(|at| now[*at] != window.taken[*at]) {
                world.write(frame.here, window.storage + at, &now[at..=at]);
            }
            window.taken = now.to_vec();
        }
        Ok(())
    }

    /// What storage holds now is copied into all windows.
    pub(super) fn take(&mut self, own: &mut OwnMemory, world: &World, frame: Frame) {
        self.0.iter_mut().for_each(|window| window.take(own, world, frame));
    }
}

impl Window {
    fn take(&mut self, own: &mut OwnMemory, world: &World, frame: Frame) {
        let length = self.taken.len();
        self.taken = world.read(frame.here, self.storage..self.storage + length);
        own.write(self.memory..self.memory + length).copy_from_slice(&self.taken);
    }
}
