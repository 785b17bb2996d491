//! One call of the interpreter, in the model.

use std::ops::Range;

use super::callee::Callee;
use super::outcome::{Outcome, REFUSED, STATIC, TRAP};
use super::own_memory::OwnMemory;
use super::scene::{CallFrame, Scene};
use super::windows::Windows;
use super::world::{SIZE, World};
use crate::fuzzing::script::{ACCOUNTS, CONTRACTS, LIMIT, NAME, NESTED, Nested, OWN_BYTES, Step, WORK, encode};
use crate::receipt::{Event, HaltKind, MAX_TOPICS};
use crate::units::STORAGE_PAGES_PER_WASM_PAGE;

/// The offset in own memory at which the interpreter puts its caller's address.
const CALLER: usize = 0x3fc0;

/// Executes the script of a call to its end. The caller drops `world` unless the call returned.
pub(super) fn execute(
    scene: &mut Scene<'_>,
    frame: CallFrame,
    callee: Callee,
    steps: &[Step],
    world: &mut World,
) -> Outcome {
    scene.running[frame.contract] += 1;
    // Allocating memory for each call would take longer than the call.
    let own = scene.idle.pop().unwrap_or_default();
    let mut run = Run::new(frame, &encode(scene.accounts, steps), own, world);
    callee.folded().into_iter().for_each(|argument| run.fold(argument));
    let outcome = run.steps(scene, steps);
    let mut own = run.own;
    own.clear();
    scene.idle.push(own);
    scene.running[frame.contract] -= 1;
    outcome
}

/// An event to emit: the offset of its topics and data in own memory, the number of topics, the length of the data, and the
/// number of blocks until it expires.
struct Emission {
    from: u32,
    topics: u32,
    length: u32,
    expires: u32,
}

pub(super) struct Run<'a> {
    pub(super) frame: CallFrame,
    pub(super) world: &'a mut World,
    pub(super) own: OwnMemory,
    windows: Windows,
    pub(super) register: [u8; 64],
    accumulator: i64,
    /// The function that the next call names.
    callee: Callee,
}

impl<'a> Run<'a> {
    /// Creates a call with this input. `own` is all zeros.
    fn new(frame: CallFrame, input: &[u8], mut own: OwnMemory, world: &'a mut World) -> Self {
        own.write(0..input.len()).copy_from_slice(input);
        own.write(NAME..NAME + 8).copy_from_slice(b"runpairs");
        let (windows, callee) = Default::default();
        Self { frame, world, own, windows, register: [0; 64], accumulator: 0, callee }
    }

    /// Executes a script to its end.
    fn steps(&mut self, scene: &mut Scene<'_>, steps: &[Step]) -> Outcome {
        let ended = steps.iter().try_for_each(|step| self.step(scene, step));
        let outcome = ended.err().unwrap_or(Outcome::Returned(Some(self.accumulator), Vec::new()));
        match outcome {
            Outcome::Returned(..) => self.flush_windows().err().unwrap_or(outcome),
            other => other,
        }
    }

    fn step(&mut self, scene: &mut Scene<'_>, step: &Step) -> Result<(), Outcome> {
        match *step {
            Step::Load8 { at } => self.fold(i64::from(self.load::<1>(at, 0)?[0] as i8)),
            Step::Load16 { at } => self.fold(i64::from(u16::from_le_bytes(self.load(at, 1)?))),
            Step::Load32 { at } => self.fold(i64::from(i32::from_le_bytes(self.load(at, 4_093)?))),
            Step::Load64 { at } => self.fold(i64::from_le_bytes(self.load(at, 0)?)),
            Step::Load128 { at } => {
                let value = u128::from_le_bytes(self.load(at, 0)?);
                self.fold(value as i64);
                self.fold((value >> 64) as i64);
            }
            Step::Store8 { at, value } => self.store(at, 0, &[value as u8])?,
            Step::Store16 { at, value } => self.store(at, 3, &(value as u16).to_le_bytes())?,
            Step::Store32 { at, value } => self.store(at, 8_191, &value.to_le_bytes())?,
            Step::Store64 { at, low, high } => {
                self.store(at, 0, &(u64::from(low) | u64::from(high) << 32).to_le_bytes())?;
            }
            Step::Store128 { at, value } => self.store(at, 0, &[value.to_le_bytes(); 4].concat())?,
            Step::StoreLane { at, value } => self.store(at, 0, &value.to_le_bytes())?,
            Step::Size { .. } => {
                self.fold(-1);
                self.fold(i64::from(LIMIT.0 / STORAGE_PAGES_PER_WASM_PAGE));
            }
            Step::Return { from, length } => return Err(Outcome::Returned(None, self.own_bytes(from, length)?)),
            Step::Revert { from, length } => return Err(Outcome::Reverted(self.own_bytes(from, length)?)),
            Step::Trap {} => return Err(TRAP),
            Step::Panic { from, length } => {
                self.own_bytes(from, length)?;
                return Err(TRAP);
            }
            Step::With { function, first, second, lacking } => {
                self.callee = Callee { function, first, second, lacking };
            }
            Step::Call(ref call) => self.call(scene, call)?,
            Step::Balance { of } => {
                let address = &self.own[within(OWN_BYTES, of.wrapping_mul(20), 20, REFUSED)?];
                let known = scene.accounts.iter().position(|account| account.0 == *address);
                self.fold(known.map_or(0, |account| self.world.balances[account]) as i64);
            }
            Step::Value {} => self.fold(self.frame.value.into()),
            Step::Caller {} => {
                self.own.write(CALLER..CALLER + 20).copy_from_slice(&scene.accounts[self.frame.caller].0);
                self.fold_own(CALLER);
            }
            Step::Emit { from, topics, length, expires } => {
                self.emit(scene.accounts, Emission { from, topics, length, expires })?;
            }
            _ => self.bulk(step)?,
        }
        Ok(())
    }

    fn call(&mut self, scene: &mut Scene<'_>, call: &Nested) -> Result<(), Outcome> {
        let callee = std::mem::take(&mut self.callee);
        let input = [callee.arguments(), encode(scene.accounts, &call.steps)].concat();
        self.own.write(NESTED..NESTED + input.len()).copy_from_slice(&input);
        if self.frame.read_only && !call.read_only && call.value > 0 {
            return Err(STATIC);
        }
        self.flush_windows()?;
        let mut world = self.world.clone();
        let traced = scene.traced.next();
        let outcome = match scene.begin(self.frame, callee, call, traced, &mut world) {
            Ok(frame) => {
                let outcome = execute(scene, frame, callee, &call.steps, &mut world);
                scene.end(traced, &outcome);
                outcome
            }
            Err(outcome) => outcome,
        };
        let wrote = (0..CONTRACTS).any(|contract| world.was_written_since(self.world, contract));
        scene.counts.failed_after_writing += u64::from(wrote && !matches!(outcome, Outcome::Returned(..)));
        let (status, output) = match outcome {
            Outcome::Returned(result, mut output) => {
                *self.world = world;
                output.extend(result.into_iter().flat_map(|accumulator| callee.results(accumulator)));
                (0, output)
            }
            Outcome::Reverted(output) => (1, output),
            Outcome::Halted(_) => (2, Vec::new()),
        };
        self.windows.load(&mut self.own, self.world, self.frame);
        self.fold(status);
        self.fold(output.len() as i64);
        for from in [0, output.len().min(8)] {
            let shown = &output[from..output.len().min(from + 8)];
            self.own.write(WORK..WORK + 8).fill(0);
            self.own.write(WORK..WORK + shown.len()).copy_from_slice(shown);
            self.fold_own(WORK);
        }
        Ok(())
    }

    pub(super) fn map(&mut self, memory: u32, storage: u32, length: u32) -> Result<(), Outcome> {
        self.windows.map([memory, storage, length], &mut self.own, self.world, self.frame)
    }

    fn flush_windows(&mut self) -> Result<(), Outcome> {
        self.windows.flush(&self.own, self.world, self.frame)
    }

    pub(super) fn own_bytes(&self, from: u32, length: u32) -> Result<Vec<u8>, Outcome> {
        Ok(self.own[within(OWN_BYTES, from, length, REFUSED)?].to_vec())
    }

    fn emit(&mut self, accounts: &[crate::units::Address; ACCOUNTS], emission: Emission) -> Result<(), Outcome> {
        let Emission { from, topics, length, expires } = emission;
        if self.frame.read_only {
            return Err(STATIC);
        }
        if topics as usize > MAX_TOPICS {
            return Err(REFUSED);
        }
        let topics = self.own[within(OWN_BYTES, from, 32 * topics, REFUSED)?].as_chunks::<32>().0.to_vec();
        let data = self.own_bytes(from, length)?;
        if self.world.events.len() == self.frame.events {
            return Err(Outcome::Halted(HaltKind::Limit));
        }
        let contract = accounts[self.frame.contract];
        self.world.events.push(Event { contract, topics, data, expires_after: expires.into() });
        Ok(())
    }

    pub(super) fn get(&self, range: Range<usize>) -> Vec<u8> {
        self.world.read(self.frame.contract, range)
    }

    /// Writes bytes to storage. The caller has checked the range.
    pub(super) fn put(&mut self, start: usize, bytes: &[u8]) -> Result<(), Outcome> {
        if self.frame.read_only && !bytes.is_empty() {
            return Err(STATIC);
        }
        self.world.write(self.frame.contract, start, bytes);
        Ok(())
    }

    pub(super) fn fold(&mut self, value: i64) {
        self.accumulator = self.accumulator.wrapping_mul(0x0100_0000_01b3).wrapping_add(value);
    }

    pub(super) fn fold_own(&mut self, at: usize) {
        self.fold(i64::from_le_bytes(std::array::from_fn(|n| self.own[at + n])));
    }

    fn load<const N: usize>(&self, at: u32, offset: u32) -> Result<[u8; N], Outcome> {
        let start = at as usize + offset as usize;
        if start + N > SIZE {
            return Err(TRAP);
        }
        let bytes = self.get(start..start + N);
        Ok(std::array::from_fn(|at| bytes[at]))
    }

    fn store(&mut self, at: u32, offset: u32, value: &[u8]) -> Result<(), Outcome> {
        let start = at as usize + offset as usize;
        if start + value.len() > SIZE {
            return Err(TRAP);
        }
        self.put(start, value)
    }
}

pub(super) fn within(size: usize, start: u32, length: u32, failure: Outcome) -> Result<Range<usize>, Outcome> {
    let (start, end) = (start as usize, start as usize + length as usize);
    if end <= size { Ok(start..end) } else { Err(failure) }
}
