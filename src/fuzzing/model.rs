//! The interpreter and the storage of two contracts in plain Rust.

use super::script::{LIMIT, Step, encode};
use crate::exec::HaltKind;
use crate::units::{Address, PAGE_SIZE, STORAGE_PAGES_PER_WASM_PAGE};

/// The data segment of the interpreter.
const PATTERN: &[u8] = b"the quick brown fox jumps over the lazy dog; pack my box with five dozen liquor jugs";

/// Where the interpreter puts slices, and how large its own memory is.
const BUFFER: usize = 196_608;
const OWN_BYTES: usize = 262_144;

/// How a script ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With the accumulator as its result.
    Returned(i64),
    Reverted,
    Halted(HaltKind),
}

/// The storage of both contracts.
pub(super) type World = [Vec<u8>; 2];

/// What a script is executed in.
#[derive(Debug, Clone, Copy)]
struct Scene<'a> {
    addresses: &'a [Address; 2],
    /// The contract whose storage it works on.
    here: usize,
    read_only: bool,
}

struct Run<'a> {
    scene: Scene<'a>,
    world: &'a mut World,
    own: Vec<u8>,
    register: [u8; 64],
    accumulator: i64,
}

/// Executes a script in the first contract. What it leaves in the world counts only if it returned.
pub(super) fn run(addresses: &[Address; 2], steps: &[Step], world: &mut World) -> Outcome {
    execute(Scene { addresses, here: 0, read_only: false }, steps, world)
}

fn execute(scene: Scene<'_>, steps: &[Step], world: &mut World) -> Outcome {
    let mut own = vec![0; OWN_BYTES];
    let input = encode(scene.addresses, steps);
    own[..input.len()].copy_from_slice(&input);
    let mut run = Run { scene, world, own, register: [0; 64], accumulator: 0 };
    for step in steps {
        if let Err(outcome) = run.step(step) {
            return outcome;
        }
    }
    Outcome::Returned(run.accumulator)
}

const TRAP: Outcome = Outcome::Halted(HaltKind::Trap);
const REFUSED: Outcome = Outcome::Halted(HaltKind::Vmcall);

impl Run<'_> {
    fn step(&mut self, step: &Step) -> Result<(), Outcome> {
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
            Step::Revert => return Err(Outcome::Reverted),
            Step::Trap => return Err(TRAP),
            Step::Call { contract, read_only, ref steps } => self.call(contract, read_only, steps),
            _ => self.bulk(step)?,
        }
        Ok(())
    }

    /// A call works on a copy of the world, which takes its place if the call returns.
    fn call(&mut self, contract: u32, read_only: bool, steps: &[Step]) {
        let read_only = read_only || self.scene.read_only;
        let mut world = self.world.clone();
        match execute(Scene { here: contract as usize, read_only, ..self.scene }, steps, &mut world) {
            Outcome::Returned(result) => {
                *self.world = world;
                [0, 8, result].into_iter().for_each(|value| self.fold(value));
            }
            Outcome::Reverted => [1, 0].into_iter().for_each(|value| self.fold(value)),
            Outcome::Halted(_) => [2, 0].into_iter().for_each(|value| self.fold(value)),
        }
    }

    fn storage(&self) -> &[u8] {
        &self.world[self.scene.here]
    }

    /// Storage to be written at a range that is within it.
    fn target(&mut self, range: &std::ops::Range<usize>) -> Result<&mut [u8], Outcome> {
        if self.scene.read_only && !range.is_empty() {
            return Err(Outcome::Halted(HaltKind::StaticWrite));
        }
        Ok(&mut self.world[self.scene.here])
    }

    fn bulk(&mut self, step: &Step) -> Result<(), Outcome> {
        match *step {
            Step::Fill { at, value, length } => {
                let range = within(self.storage().len(), at, length, TRAP)?;
                self.target(&range)?[range].fill(value as u8);
            }
            Step::Copy { to, from, length } => {
                let source = within(self.storage().len(), from, length, TRAP)?;
                let target = within(self.storage().len(), to, length, TRAP)?;
                self.target(&target)?.copy_within(source, target.start);
            }
            Step::CopyIn { to, from, length } => {
                let source = within(self.own.len(), from, length, TRAP)?;
                let target = within(self.storage().len(), to, length, TRAP)?;
                let bytes = self.own[source].to_vec();
                self.target(&target)?[target].copy_from_slice(&bytes);
            }
            Step::CopyOut { from, length } => {
                let source = within(self.storage().len(), from, length, TRAP)?;
                let target = within(self.own.len(), BUFFER as u32, length, TRAP)?;
                self.own[target].copy_from_slice(&self.world[self.scene.here][source]);
                self.fold_buffer();
            }
            Step::Init { to, from, length } => {
                let source = within(PATTERN.len(), from, length, TRAP)?;
                let target = within(self.storage().len(), to, length, TRAP)?;
                self.target(&target)?[target].copy_from_slice(&PATTERN[source]);
            }
            _ => self.vmcall(step)?,
        }
        Ok(())
    }

    fn vmcall(&mut self, step: &Step) -> Result<(), Outcome> {
        match *step {
            Step::SliceRead { page, offset, length } => {
                let source = slice(page, offset, length, PAGE_SIZE)?;
                self.own[BUFFER..BUFFER + source.len()].copy_from_slice(&self.world[self.scene.here][source]);
                self.fold_buffer();
            }
            Step::SliceWrite { page, offset, length, from } => {
                let target = slice(page, offset, length, PAGE_SIZE)?;
                let from = from as usize;
                let bytes = self.own[from..from + length as usize].to_vec();
                self.target(&target)?[target].copy_from_slice(&bytes);
            }
            Step::RegisterRead { page, offset, length } => {
                let source = slice(page, offset, length, self.register.len())?;
                self.register.fill(0);
                self.register[..source.len()].copy_from_slice(&self.world[self.scene.here][source]);
                let head: [u8; 8] = std::array::from_fn(|at| self.register[at]);
                self.fold(i64::from_be_bytes(head));
            }
            Step::RegisterWrite { page, offset, length } => {
                let target = slice(page, offset, length, self.register.len())?;
                let (size, register) = (target.len(), self.register);
                self.target(&target)?[target].copy_from_slice(&register[..size]);
            }
            _ => unreachable!("every other step is no host call"),
        }
        Ok(())
    }

    fn fold(&mut self, value: i64) {
        self.accumulator = self.accumulator.wrapping_mul(0x0100_0000_01b3).wrapping_add(value);
    }

    fn fold_buffer(&mut self) {
        let head: [u8; 8] = std::array::from_fn(|at| self.own[BUFFER + at]);
        self.fold(i64::from_le_bytes(head));
    }

    fn load<const N: usize>(&self, at: u32, offset: u32) -> Result<[u8; N], Outcome> {
        let start = at as usize + offset as usize;
        let bytes = self.storage().get(start..start + N).ok_or(TRAP)?;
        Ok(std::array::from_fn(|at| bytes[at]))
    }

    fn store(&mut self, at: u32, offset: u32, value: &[u8]) -> Result<(), Outcome> {
        let start = at as usize + offset as usize;
        let range = start..start + value.len();
        if range.end > self.storage().len() {
            return Err(TRAP);
        }
        self.target(&range)?[range].copy_from_slice(value);
        Ok(())
    }
}

fn within(size: usize, start: u32, length: u32, failure: Outcome) -> Result<std::ops::Range<usize>, Outcome> {
    let (start, end) = (start as usize, start as usize + length as usize);
    if end <= size { Ok(start..end) } else { Err(failure) }
}

fn slice(page: u32, offset: u32, length: u32, longest: usize) -> Result<std::ops::Range<usize>, Outcome> {
    let (offset, length) = (offset as usize, length as usize);
    if page >= LIMIT.0 || offset >= PAGE_SIZE || length == 0 || offset + length > PAGE_SIZE || length > longest {
        return Err(REFUSED);
    }
    let start = page as usize * PAGE_SIZE + offset;
    Ok(start..start + length)
}
