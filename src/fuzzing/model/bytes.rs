//! The steps that copy bytes.

use std::ops::Range;

use super::outcome::{Outcome, REFUSED, TRAP};
use super::run::{Run, within};
use super::world::SIZE;
use crate::fuzzing::script::{BUFFER, LIMIT, OWN_BYTES, Step, WINDOWS};
use crate::units::PAGE_SIZE;

/// The data segment of the interpreter.
const PATTERN: &[u8] = b"the quick brown fox jumps over the lazy dog; pack my box with five dozen liquor jugs";

impl Run<'_> {
    pub(super) fn bulk(&mut self, step: &Step) -> Result<(), Outcome> {
        match *step {
            Step::Fill { at, value, length } => {
                let range = within(SIZE, at, length, TRAP)?;
                self.put(range.start, &vec![value as u8; range.len()])?;
            }
            Step::Copy { to, from, length } => {
                let source = within(SIZE, from, length, TRAP)?;
                let target = within(SIZE, to, length, TRAP)?;
                self.put(target.start, &self.get(source))?;
            }
            Step::CopyIn { to, from, length } => {
                let source = within(OWN_BYTES, from, length, TRAP)?;
                let target = within(SIZE, to, length, TRAP)?;
                let bytes = self.own[source].to_vec();
                self.put(target.start, &bytes)?;
            }
            Step::CopyOut { from, length } => {
                let source = within(SIZE, from, length, TRAP)?;
                let target = within(OWN_BYTES, BUFFER as u32, length, TRAP)?;
                let bytes = self.get(source);
                self.own.write(target).copy_from_slice(&bytes);
                self.fold_own(BUFFER);
            }
            Step::Init { to, from, length } => {
                let source = within(PATTERN.len(), from, length, TRAP)?;
                let target = within(SIZE, to, length, TRAP)?;
                self.put(target.start, &PATTERN[source])?;
            }
            _ => self.vmcall(step)?,
        }
        Ok(())
    }

    fn vmcall(&mut self, step: &Step) -> Result<(), Outcome> {
        match *step {
            Step::SliceRead { page, offset, length } => {
                self.slice_to(page, offset, length, BUFFER as u32)?;
                self.fold_own(BUFFER);
            }
            Step::SliceTo { page, offset, length, to } => self.slice_to(page, offset, length, to)?,
            Step::SliceWrite { page, offset, length, from } => {
                let target = slice(page, offset, length, PAGE_SIZE)?;
                let bytes = self.own_bytes(from, length)?;
                self.put(target.start, &bytes)?;
            }
            Step::RegisterRead { page, offset, length } => {
                let source = slice(page, offset, length, self.register.len())?;
                self.register.fill(0);
                let bytes = self.get(source);
                self.register[..bytes.len()].copy_from_slice(&bytes);
                let head: [u8; 8] = std::array::from_fn(|at| self.register[at]);
                self.fold(i64::from_be_bytes(head));
            }
            Step::RegisterWrite { page, offset, length } => {
                let target = slice(page, offset, length, self.register.len())?;
                let register = self.register;
                self.put(target.start, &register[..target.len()])?;
            }
            Step::Window { memory, storage, length } => {
                self.map(memory.wrapping_add(WINDOWS as u32), storage, length)?
            }
            _ => self.own_memory(step)?,
        }
        Ok(())
    }

    fn own_memory(&mut self, step: &Step) -> Result<(), Outcome> {
        let range = |start: u32, length: u32| within(OWN_BYTES, start, length, TRAP);
        let window = |at: u32, length: u32| {
            let range = within(OWN_BYTES - WINDOWS, at, length, TRAP)?;
            Ok::<_, Outcome>(range.start + WINDOWS..range.end + WINDOWS)
        };
        match *step {
            Step::LoadWindow { at } => self.fold_own(window(at, 8)?.start),
            Step::StoreWindow { at, value } => self.own.write(window(at, 4)?).copy_from_slice(&value.to_le_bytes()),
            Step::OwnCopy { to, from, length } => {
                let (source, target) = (range(from, length)?, range(to, length)?);
                let bytes = self.own[source].to_vec();
                self.own.write(target).copy_from_slice(&bytes);
            }
            Step::OwnFill { to, value, length } => self.own.write(range(to, length)?).fill(value as u8),
            Step::OwnStore { to, value } => self.own.write(range(to, 4)?).copy_from_slice(&value.to_le_bytes()),
            Step::OwnLoad { from, width } => {
                let bytes = &self.own[range(from, 1 << width.min(3))?];
                self.fold(match *bytes {
                    [byte] => i64::from(byte as i8),
                    [a, b] => i64::from(u16::from_le_bytes([a, b])),
                    [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
                    _ => i64::from_le_bytes(std::array::from_fn(|at| bytes[at])),
                });
            }
            _ => unreachable!("every other step is executed elsewhere"),
        }
        Ok(())
    }

    fn slice_to(&mut self, page: u32, offset: u32, length: u32, to: u32) -> Result<(), Outcome> {
        let source = slice(page, offset, length, PAGE_SIZE)?;
        let target = within(OWN_BYTES, to, length, REFUSED)?;
        let bytes = self.get(source);
        self.own.write(target).copy_from_slice(&bytes);
        Ok(())
    }
}

fn slice(page: u32, offset: u32, length: u32, longest: usize) -> Result<Range<usize>, Outcome> {
    let (offset, length) = (offset as usize, length as usize);
    if page >= LIMIT.0 || offset >= PAGE_SIZE || length == 0 || offset + length > PAGE_SIZE || length > longest {
        return Err(REFUSED);
    }
    let start = page as usize * PAGE_SIZE + offset;
    Ok(start..start + length)
}
