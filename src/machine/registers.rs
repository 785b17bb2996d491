//! The registers of a call.

use std::ops::Range;

use super::own_memory::copy;
use super::stop::Stop;

/// The banks of registers: their size in bits, their number, and the offset of their first byte.
const BANKS: [Bank; 5] = [
    Bank { bits: 32, count: 16, start: 0 },
    Bank { bits: 64, count: 16, start: 64 },
    Bank { bits: 160, count: 8, start: 192 },
    Bank { bits: 256, count: 4, start: 352 },
    Bank { bits: 512, count: 4, start: 480 },
];

/// The bytes of all registers.
const TOTAL: usize = 736;

#[derive(Debug)]
struct Bank {
    bits: i32,
    count: i32,
    start: usize,
}

/// All registers of one call: 16 of 32 bits, 16 of 64, 8 of 160, 4 of 256, 4 of 512. Zero at the start of the call.
#[derive(Debug, Clone)]
pub(crate) struct Registers {
    bytes: [u8; TOTAL],
}

impl Default for Registers {
    fn default() -> Self {
        Self { bytes: [0; TOTAL] }
    }
}

impl Registers {
    /// The bytes of a register.
    #[inline]
    pub(crate) fn get(&self, function: &str, bits: i32, index: i32) -> Result<&[u8], Stop> {
        Ok(&self.bytes[place(function, bits, index)?])
    }

    /// The bytes of a register, to be written.
    #[inline]
    pub(crate) fn get_mut(&mut self, function: &str, bits: i32, index: i32) -> Result<&mut [u8], Stop> {
        Ok(&mut self.bytes[place(function, bits, index)?])
    }

    /// Writes bytes to the start of a register, and clears the rest. The bytes must fit: see [`fit`].
    #[inline]
    pub(crate) fn fill(register: &mut [u8], bytes: &[u8]) {
        let (head, rest) = register.split_at_mut(bytes.len());
        copy(head, bytes);
        rest.fill(0);
    }

    /// Clears every register.
    pub(crate) fn clear(&mut self) {
        self.bytes.fill(0);
    }
}

/// Refuses more bytes than the register has.
#[inline]
pub(crate) fn fit(function: &str, register: &[u8], length: usize) -> Result<(), Stop> {
    if length <= register.len() {
        return Ok(());
    }
    let bits = register.len() * 8;
    Err(Stop::refuse(function, format_args!("{length} bytes do not fit a register of {bits} bits")))
}

#[inline]
fn place(function: &str, bits: i32, index: i32) -> Result<Range<usize>, Stop> {
    for bank in &BANKS {
        if bank.bits == bits && (0..bank.count).contains(&index) {
            let size = bits as usize / 8;
            let start = bank.start + index as usize * size;
            return Ok(start..start + size);
        }
    }
    Err(no_register(function, bits, index))
}

#[cold]
fn no_register(function: &str, bits: i32, index: i32) -> Stop {
    match BANKS.iter().find(|bank| bank.bits == bits) {
        Some(bank) => Stop::refuse(
            function,
            format_args!("register {index} of {bits} bits does not exist: there are 0 to {}", bank.count - 1),
        ),
        None => Stop::refuse(
            function,
            format_args!("there are no registers of {bits} bits, but of 32, 64, 160, 256 and 512"),
        ),
    }
}
