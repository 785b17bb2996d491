//! Own memory in front of storage: what waiting calls have written comes back, whatever nested calls do.

use proptest::prelude::*;

use super::run::wasmtime_first;
use super::*;
use crate::paging::Extent;
use crate::paging::own_memory::{Image, OwnMemory};
use crate::paging::set_aside::SetAside;

/// The initial size: two wasm pages.
const SIZE: usize = 2 << 16;
/// The largest size that a call of these tests grows to.
const MOST: usize = 40 << 16;

fn image() -> [(usize, Box<[u8]>); 2] {
    [(100, (1..=50).collect()), (2 * PAGE_SIZE - 8, [0xEE; 4_000].into())]
}

#[derive(Debug, Clone)]
enum Step {
    /// Fills pages from one on with a byte; 0 overwrites the image, too.
    Fill(u32, u32, u8),
    /// Grows by wasm pages.
    Grow(usize),
    /// Begins a nested call.
    Call,
    Return,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let page = || 0..64_u32;
    let step = prop_oneof![
        4 => (page(), 1..4_u32, any::<u8>()).prop_map(|(page, count, byte)| Step::Fill(page, count, byte)),
        1 => (0..8_u32, 1..4_u32).prop_map(|(page, count)| Step::Fill(page, count, 0)),
        1 => (page(), 60..200_u32, any::<u8>()).prop_map(|(page, count, byte)| Step::Fill(page, count, byte)),
        1 => (0..20_usize).prop_map(Step::Grow),
        3 => Just(Step::Call),
        2 => Just(Step::Return),
    ];
    prop::collection::vec(step, 1..60)
}

/// The memory of the running call and of those that wait.
struct Model {
    running: Vec<u8>,
    waiting: Vec<Vec<u8>>,
}

fn initial() -> Vec<u8> {
    let mut bytes = vec![0; SIZE];
    image().iter().for_each(|(start, part)| bytes[*start..start + part.len()].copy_from_slice(part));
    bytes
}

fn agree(memory: &OwnMemory, model: &Model) -> Result<(), TestCaseError> {
    let at = memory.bytes().iter().zip(&model.running).position(|(byte, expected)| byte != expected);
    prop_assert_eq!((at, memory.bytes().len()), (None, model.running.len()), "{} calls wait", model.waiting.len());
    Ok(())
}

/// Ends the running call: its memory is restored or, if that takes too long, reset.
fn end(memory: &mut OwnMemory, image: Image<'_>) {
    if !memory.restore(image) {
        memory.reset(image).unwrap();
    }
}

/// The memory in front of storage of a new region.
fn memory(image: Image<'_>) -> OwnMemory {
    wasmtime_first();
    let (_storage, memory) = Extent { limit: PageCount(16), own: Some((SIZE, image)) }.reserve().unwrap();
    memory.unwrap()
}

proptest! {
    #[test]
    fn waiting_calls_find_their_memory_again(steps in steps()) {
        let image = image();
        let image = Image(&image);
        let mut memory = memory(image);
        let _opening = memory.opened();
        let mut model = Model { running: initial(), waiting: Vec::new() };
        let mut waiting: Vec<SetAside> = Vec::new();
        for step in steps {
            match step {
                Step::Fill(page, count, byte) => {
                    let end = model.running.len().min((page + count) as usize * PAGE_SIZE);
                    let range = (page as usize * PAGE_SIZE).min(end)..end;
                    memory.bytes_mut()[range.clone()].fill(byte);
                    model.running[range].fill(byte);
                }
                Step::Grow(pages) => {
                    let size = MOST.min(model.running.len() + (pages << 16));
                    memory.grow(size).unwrap();
                    model.running.resize(size, 0);
                }
                Step::Call => {
                    waiting.push(memory.set_aside(image).unwrap());
                    model.waiting.push(std::mem::replace(&mut model.running, initial()));
                }
                Step::Return => {
                    end(&mut memory, image);
                    if let (Some(aside), Some(bytes)) = (waiting.pop(), model.waiting.pop()) {
                        memory.restore_aside(aside).unwrap();
                        model.running = bytes;
                    } else {
                        model.running = initial();
                    }
                }
            }
            agree(&memory, &model)?;
        }
        while let (Some(aside), Some(bytes)) = (waiting.pop(), model.waiting.pop()) {
            end(&mut memory, image);
            memory.restore_aside(aside).unwrap();
            model.running = bytes;
            agree(&memory, &model)?;
        }
        end(&mut memory, image);
        model.running = initial();
        agree(&memory, &model)?;
    }
}

#[test]
fn a_long_run_is_moved_and_a_short_one_is_copied() {
    let image = image();
    let image = Image(&image);
    let mut memory = memory(image);
    let _opening = memory.opened();
    memory.bytes_mut()[..PAGE_SIZE].fill(7);
    let few = memory.set_aside(image).unwrap();
    assert!(few.moved_pages() == 0 && few.copied_bytes() >= PAGE_SIZE);
    memory.restore_aside(few).unwrap();
    memory.grow(MOST).unwrap();
    let grown = memory.set_aside(image).unwrap();
    assert!(grown.moved_pages() * PAGE_SIZE >= MOST - SIZE, "{} pages were moved", grown.moved_pages());
    assert!(grown.copied_bytes() <= 8 * PAGE_SIZE, "{} bytes were copied", grown.copied_bytes());
    memory.restore_aside(grown).unwrap();
    assert_eq!((memory.bytes().len(), memory.bytes()[PAGE_SIZE - 1], memory.bytes()[MOST - 1]), (MOST, 7, 0));
}
