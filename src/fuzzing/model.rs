//! The interpreter and its storage in plain Rust.

use super::script::{LIMIT, Step, encode};
use crate::exec::HaltKind;
use crate::units::{PAGE_SIZE, STORAGE_PAGES_PER_WASM_PAGE};

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

struct Run<'a> {
    storage: &'a mut Vec<u8>,
    own: Vec<u8>,
    register: [u8; 64],
    accumulator: i64,
}

/// Executes a script on storage bytes. What it leaves in them counts only if it returned.
pub(super) fn run(steps: &[Step], storage: &mut Vec<u8>) -> Outcome {
    let mut own = vec![0; OWN_BYTES];
    let script = encode(steps);
    own[..script.len()].copy_from_slice(&script);
    let mut run = Run { storage, own, register: [0; 64], accumulator: 0 };
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
            _ => self.bulk(step)?,
        }
        Ok(())
    }

    fn bulk(&mut self, step: &Step) -> Result<(), Outcome> {
        match *step {
            Step::Fill { at, value, length } => {
                let range = within(self.storage.len(), at, length, TRAP)?;
                self.storage[range].fill(value as u8);
            }
            Step::Copy { to, from, length } => {
                let source = within(self.storage.len(), from, length, TRAP)?;
                let target = within(self.storage.len(), to, length, TRAP)?;
                self.storage.copy_within(source, target.start);
            }
            Step::CopyIn { to, from, length } => {
                let source = within(self.own.len(), from, length, TRAP)?;
                let target = within(self.storage.len(), to, length, TRAP)?;
                self.storage[target].copy_from_slice(&self.own[source]);
            }
            Step::CopyOut { from, length } => {
                let source = within(self.storage.len(), from, length, TRAP)?;
                let target = within(self.own.len(), BUFFER as u32, length, TRAP)?;
                self.own[target].copy_from_slice(&self.storage[source]);
                self.fold_buffer();
            }
            Step::Init { to, from, length } => {
                let source = within(PATTERN.len(), from, length, TRAP)?;
                let target = within(self.storage.len(), to, length, TRAP)?;
                self.storage[target].copy_from_slice(&PATTERN[source]);
            }
            _ => self.vmcall(step)?,
        }
        Ok(())
    }

    fn vmcall(&mut self, step: &Step) -> Result<(), Outcome> {
        match *step {
            Step::SliceRead { page, offset, length } => {
                let source = slice(page, offset, length, PAGE_SIZE)?;
                self.own[BUFFER..BUFFER + source.len()].copy_from_slice(&self.storage[source]);
                self.fold_buffer();
            }
            Step::SliceWrite { page, offset, length, from } => {
                let target = slice(page, offset, length, PAGE_SIZE)?;
                let from = from as usize;
                self.storage[target].copy_from_slice(&self.own[from..from + length as usize]);
            }
            Step::RegisterRead { page, offset, length } => {
                let source = slice(page, offset, length, self.register.len())?;
                self.register.fill(0);
                self.register[..source.len()].copy_from_slice(&self.storage[source]);
                let head: [u8; 8] = std::array::from_fn(|at| self.register[at]);
                self.fold(i64::from_be_bytes(head));
            }
            Step::RegisterWrite { page, offset, length } => {
                let target = slice(page, offset, length, self.register.len())?;
                let size = target.len();
                self.storage[target].copy_from_slice(&self.register[..size]);
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
        let bytes = self.storage.get(start..start + N).ok_or(TRAP)?;
        Ok(std::array::from_fn(|at| bytes[at]))
    }

    fn store(&mut self, at: u32, offset: u32, value: &[u8]) -> Result<(), Outcome> {
        let start = at as usize + offset as usize;
        self.storage.get_mut(start..start + value.len()).ok_or(TRAP)?.copy_from_slice(value);
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
