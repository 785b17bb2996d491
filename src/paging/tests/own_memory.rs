//! Own memories are restored to their image, whatever was written, and at the cost of what was.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::paging::own_memory::{Image, OwnMemory};
use crate::paging::reservation::Reservation;
use crate::units::PAGE_SIZE;

/// 96 pages: more than are sealed late.
const SIZE: usize = 6 << 16;
const DATA_START: usize = 5 * PAGE_SIZE - 3;

fn image() -> Vec<u8> {
    (0..2 * PAGE_SIZE).map(|at| (at % 255) as u8 + 1).collect()
}

fn parts(image: &[u8]) -> [(usize, Box<[u8]>); 1] {
    [(DATA_START, image.into())]
}

fn memory(size: usize, image: &[u8]) -> OwnMemory {
    let mut memory = OwnMemory::new(Arc::new(Reservation::new(size).unwrap()));
    memory.bytes_mut()[DATA_START..DATA_START + image.len()].copy_from_slice(image);
    memory.seal_large();
    memory
}

/// What an instance does in a call.
#[derive(Debug, Clone)]
enum Step {
    Write { at: usize, length: usize },
    Grow { wasm_pages: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let write = |limit: usize| (0..SIZE, 1..limit).prop_map(|(at, length)| Step::Write { at, length });
    prop_oneof![
        8 => write(9),
        2 => write(20 * PAGE_SIZE),
        1 => (0..4_usize).prop_map(|wasm_pages| Step::Grow { wasm_pages }),
    ]
}

fn expected(size: usize, image: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; size];
    bytes[DATA_START..DATA_START + image.len()].copy_from_slice(image);
    bytes
}

proptest! {
    #[test]
    fn a_restored_memory_is_as_its_instance_began(
        is_small: bool,
        calls in vec(vec(step(), 0..6), 1..40),
    ) {
        let image = image();
        let size = if is_small { SIZE / 3 } else { SIZE };
        let mut memory = memory(size, &image);
        for steps in calls {
            {
                let _opened = memory.opened();
                for step in steps {
                    match step {
                        Step::Write { at, length } => {
                            let bytes = memory.bytes_mut();
                            let start = at % bytes.len();
                            let end = bytes.len().min(start + length);
                            bytes[start..end].fill(0xA5);
                        }
                        Step::Grow { wasm_pages } => {
                            let size = memory.bytes().len() + (wasm_pages << 16);
                            memory.reservation().grow(size).unwrap();
                            prop_assert!(memory.bytes()[size - (wasm_pages << 16)..].iter().all(|byte| *byte == 0));
                        }
                    }
                }
            }
            if !memory.restore(Image(&parts(&image))) {
                prop_assert!(memory.bytes().len() > size, "only growth may be too much for so small a memory");
                return Ok(());
            }
            prop_assert!(memory.bytes() == expected(size, &image), "the bytes differ from the image");
        }
    }
}

#[test]
fn pages_that_calls_no_longer_write_are_sealed_again() {
    let image = image();
    let parts = parts(&image);
    let image = Image(&parts);
    let mut memory = memory(SIZE, &image.0[0].1);
    let write = |memory: &mut OwnMemory, pages: usize| {
        let opened = memory.opened();
        (0..pages).for_each(|page| memory.bytes_mut()[page * PAGE_SIZE] = 1);
        drop(opened);
        assert!(memory.restore(image));
        memory.open_pages()
    };
    assert_eq!(write(&mut memory, 0), 0);
    assert_eq!(write(&mut memory, 3), 3, "the first faults open one page each");
    assert_eq!(write(&mut memory, 96), 96);
    for _ in 0..7 {
        assert_eq!(write(&mut memory, 3), 96);
    }
    assert_eq!(write(&mut memory, 3), 0);
    assert_eq!(write(&mut memory, 3), 3);
}

#[test]
fn a_memory_with_too_many_open_pages_is_given_up() {
    const PAGES: usize = 600;
    let image = image();
    let mut memory = memory(PAGES * PAGE_SIZE / (1 << 16) * (1 << 16), &image);
    let opened = memory.opened();
    (0..513).for_each(|page| memory.bytes_mut()[page * PAGE_SIZE] = 1);
    drop(opened);
    assert!(!memory.restore(Image(&parts(&image))));
}

#[test]
fn a_call_may_write_the_memories_of_the_calls_that_wait_for_it() {
    let image = image();
    let (mut outer, mut inner) = (memory(SIZE, &image), memory(SIZE, &image));
    let first = outer.opened();
    let second = inner.opened();
    outer.bytes_mut()[70_000] = 1;
    inner.bytes_mut()[80_000] = 2;
    drop(second);
    outer.bytes_mut()[90_000] = 3;
    drop(first);
    for memory in [&mut outer, &mut inner] {
        assert!(memory.restore(Image(&parts(&image))));
        assert!(memory.bytes() == expected(SIZE, &image));
    }
}

#[test]
fn a_thread_that_blocks_the_signal_may_write() {
    let image = image();
    let mut memory = memory(SIZE, &image);
    std::thread::spawn(move || {
        // SAFETY: all zeros are a valid set of signals, and the pointer refers to it.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&raw mut set);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        }
        for _ in 0..2 {
            let opened = memory.opened();
            memory.bytes_mut()[70_000] = 1;
            memory.bytes_mut()[0] = 1;
            drop(opened);
        }
        assert!(memory.restore(Image(&parts(&image))));
    })
    .join()
    .unwrap();
}

pub(super) const TASKS: &[super::child::Task] = &[("write a sealed page", write_a_sealed_page_outside_a_call)];

fn write_a_sealed_page_outside_a_call() {
    let mut memory = memory(SIZE, &image());
    super::child::ready();
    memory.bytes_mut()[70_000] = 1;
}

#[test]
fn a_write_outside_a_call_is_reported() {
    super::child::die("write a sealed page", libc::SIGSEGV);
}
