//! Windows: copies that meet storage where they are mapped, around each outgoing call and at the return.

use super::run::Run;
use super::world::SIZE;
use super::{Outcome, run};
use crate::fuzzing::script::OWN_BYTES;
use crate::receipt::HaltKind;
use crate::units::PAGE_SIZE;

/// A window.
#[derive(Debug)]
pub(super) struct Window {
    memory: usize,
    storage: usize,
    /// What was last copied in.
    taken: Vec<u8>,
}

impl Run<'_> {
    pub(super) fn map(&mut self, memory: u32, storage: u32, length: u32) -> Result<(), Outcome> {
        let (memory, storage, length) = (memory as usize, storage as usize, length as usize);
        let apart = |a: usize, b: usize, other: usize| a + length <= b || b + other <= a;
        let fits = [memory, storage, length].iter().all(|at| at % PAGE_SIZE == 0)
            && memory + length <= OWN_BYTES
            && storage + length <= SIZE
            && self.windows.iter().all(|other| {
                let size = other.taken.len();
                apart(memory, other.memory, size) && apart(storage, other.storage, size)
            });
        if !fits {
            return Err(run::REFUSED);
        }
        if length > 0 {
            self.windows.push(Window { memory, storage, taken: Vec::new() });
            self.take(self.windows.len() - 1, length);
        }
        Ok(())
    }

    /// Every byte that differs from what was last copied in goes to storage.
    pub(super) fn give_windows(&mut self) -> Result<(), Outcome> {
        for window in &mut self.windows {
            let now = &self.own[window.memory..window.memory + window.taken.len()];
            if *now == *window.taken {
                continue;
            }
            if self.frame.read_only {
                return Err(Outcome::Halted(HaltKind::StaticWrite));
            }
            for at in (0..now.len()).filter(|at| now[*at] != window.taken[*at]) {
                self.world.write(self.frame.here, window.storage + at, &now[at..=at]);
            }
            window.taken = now.to_vec();
        }
        Ok(())
    }

    /// What storage holds now is copied into all windows.
    pub(super) fn take_windows(&mut self) {
        (0..self.windows.len()).for_each(|at| self.take(at, self.windows[at].taken.len()));
    }

    fn take(&mut self, at: usize, length: usize) {
        let window = &mut self.windows[at];
        window.taken = self.world.read(self.frame.here, window.storage..window.storage + length);
        self.own.write(window.memory..window.memory + length).copy_from_slice(&window.taken);
    }
}
