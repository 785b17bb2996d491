//! Helpers of the tests.
#![allow(dead_code)]

use std::cell::{Cell, RefCell};

use vellum_containers::{Failure, Linear, Memory, PAGES_USED_AT, STRUCT, Space, Stored, heap_start};

pub const PAGE: usize = 4096;

/// How many cases a property test runs: few under Miri, many in the long tests.
pub fn cases(usual: u32) -> proptest::test_runner::Config {
    let cases = match std::env::var("VELLUM_LONG").ok().and_then(|it| it.parse::<u32>().ok()) {
        Some(factor) => usual * factor,
        None if cfg!(miri) => 1,
        None => usual,
    };
    proptest::test_runner::Config { cases, failure_persistence: None, ..Default::default() }
}

/// Asserts that the space is as after the first `with`: zero, but for the head.
pub fn assert_empty<T: Stored>(memory: &Memory) {
    let bytes = memory.bytes();
    assert_eq!(bytes[..4], [0, 1, 0, 0], "state, version");
    assert_eq!(bytes[4..8], heap_start::<T>().to_le_bytes(), "heap start");
    let rest = &bytes[PAGES_USED_AT as usize..];
    // Slices are compared at once, also under Miri.
    if rest != vec![0; rest.len()] {
        let first = rest.iter().position(|&it| it != 0).unwrap();
        panic!("byte {} is not zero", first + PAGES_USED_AT as usize);
    }
}

/// Counts the pages that differ.
pub fn changed_pages(before: &[u8], after: &[u8]) -> usize {
    before.chunks(PAGE).zip(after.chunks(PAGE)).filter(|(before, after)| before != after).count()
}

/// A generator of numbers (splitmix64), for tests that need many.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Why an operation in a [`Watched`] space ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    Failed(Failure),
    Interrupted,
}

/// A space as a host has it: it returns errors, ends an operation at the n-th write, and knows which bytes may be written.
#[derive(Clone, Copy)]
pub struct Watched<'a> {
    linear: Linear,
    writes_left: &'a Cell<u64>,
    written: &'a RefCell<Vec<(u32, u32)>>,
}

// SAFETY: pointers come from a `Linear`, whose offsets are checked before.
unsafe impl Space for Watched<'_> {
    type Error = Stop;

    fn size(self) -> u64 {
        self.linear.size()
    }

    fn read(self, offset: u32, length: u32) -> Result<*const u8, Stop> {
        if u64::from(offset) + u64::from(length) > self.size() {
            return Err(Stop::Failed(Failure::Outside));
        }
        Ok(self.linear.read(offset, length).unwrap())
    }

    fn write(self, offset: u32, length: u32) -> Result<*mut u8, Stop> {
        self.read(offset, length)?;
        self.writes_left.set(self.writes_left.get().checked_sub(1).ok_or(Stop::Interrupted)?);
        self.written.borrow_mut().push((offset, length));
        Ok(self.linear.write(offset, length).unwrap())
    }

    fn fail(self, failure: Failure) -> Stop {
        Stop::Failed(failure)
    }
}

/// Runs a function in a watched space that ends at the n-th write, on a copy of the struct `T` at byte 16, which is written back if all
/// goes well. If not, the memory gets its earlier bytes. Asserts that no byte changed that was not named for writing.
pub fn attempt<T: Stored, R>(
    memory: &mut Memory,
    writes: u64,
    function: impl FnOnce(&mut T, Watched<'_>) -> Result<R, Stop>,
) -> Result<R, Stop> {
    let before = memory.bytes().to_vec();
    let (writes_left, written) = (Cell::new(writes), RefCell::new(vec![(STRUCT, size_of::<T>() as u32)]));
    let linear = memory.space();
    let place = linear.write(STRUCT, size_of::<T>() as u32).unwrap().cast::<T>();
    // SAFETY: the bytes at 16 are a `T`, whatever they are. It is used in the memory's space only, and there is one copy at a time.
    let mut copy = unsafe { place.read() };
    let result = function(&mut copy, Watched { linear, writes_left: &writes_left, written: &written });
    if result.is_ok() {
        // SAFETY: as above.
        unsafe { place.write(copy) };
        let mut expected = before;
        for &(offset, length) in written.borrow().iter() {
            let range = offset as usize..(offset + length) as usize;
            expected[range.clone()].copy_from_slice(&memory.bytes()[range]);
        }
        assert!(expected == memory.bytes(), "bytes changed that were not named for writing");
    } else {
        memory.bytes_mut().copy_from_slice(&before);
    }
    result
}
