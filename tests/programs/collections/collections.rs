//! Collections of std that lie in storage, with their allocator: a map, a list and a text that stay for the next call.
//!
//! Stack and statics are volatile. The program keeps nothing in them over a call, and some exports show what happens to them.

#[path = "../heap.rs"]
mod heap;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

mod storage {
    #[link(wasm_import_module = "storage")]
    unsafe extern "C" {
        pub safe fn base() -> usize;
        pub safe fn size() -> usize;
    }
}

mod vellum {
    #[link(wasm_import_module = "vellum")]
    unsafe extern "C" {
        pub safe fn input_len() -> usize;
        pub fn input_copy(to: *mut u8, offset: usize, length: usize);
        #[link_name = "return"]
        pub fn return_(data: *const u8, length: usize) -> !;
        pub fn revert(data: *const u8, length: usize) -> !;
        pub fn self_address(to: *mut u8);
        pub fn call(
            address: *const u8,
            name: *const u8,
            name_length: usize,
            input: *const u8,
            input_length: usize,
            value: u64,
            gas: u64,
        ) -> u32;
    }
}

#[global_allocator]
static ALLOCATOR: heap::Allocator = heap::Allocator { base: storage_base, size: storage_size };

fn storage_base() -> usize {
    storage::base()
}

fn storage_size() -> usize {
    storage::size()
}

#[derive(Default)]
struct Collections {
    map: BTreeMap<u64, u64>,
    list: Vec<u64>,
    text: String,
}

/// The collections, which the first call makes. Nobody holds the reference over an outgoing call.
fn collections() -> &'static mut Collections {
    // SAFETY: the head of the heap is there from the start, and its root is 0 or what `Box::into_raw` gave.
    unsafe {
        let heap = ALLOCATOR.heap();
        if (*heap).root == 0 {
            let made = Box::into_raw(Box::<Collections>::default());
            (*heap).root = made as usize;
        }
        &mut *((*heap).root as *mut Collections)
    }
}

/// What stands for no value.
const NONE: u64 = u64::MAX;

/// Puts a value under a key, and gives the one before.
#[unsafe(no_mangle)]
pub extern "C" fn insert(key: u64, value: u64) -> u64 {
    collections().map.insert(key, value).unwrap_or(NONE)
}

#[unsafe(no_mangle)]
pub extern "C" fn get(key: u64) -> u64 {
    collections().map.get(&key).copied().unwrap_or(NONE)
}

#[unsafe(no_mangle)]
pub extern "C" fn remove(key: u64) -> u64 {
    collections().map.remove(&key).unwrap_or(NONE)
}

/// The smallest key that is not below this one.
#[unsafe(no_mangle)]
pub extern "C" fn next(key: u64) -> u64 {
    collections().map.range(key..).next().map_or(NONE, |(key, _)| *key)
}

#[unsafe(no_mangle)]
pub extern "C" fn len() -> u64 {
    collections().map.len() as u64
}

#[unsafe(no_mangle)]
pub extern "C" fn sum() -> u64 {
    collections().map.values().fold(0, |sum, value| sum.wrapping_add(*value))
}

/// Appends a word to the list, and gives its length.
#[unsafe(no_mangle)]
pub extern "C" fn push(word: u64) -> u64 {
    let list = &mut collections().list;
    list.push(word);
    list.len() as u64
}

#[unsafe(no_mangle)]
pub extern "C" fn sort() {
    collections().list.sort_unstable();
}

/// Appends the input to the text, and gives its length in bytes. Input that is not UTF-8 reverts, with the reason as output.
#[unsafe(no_mangle)]
pub extern "C" fn push_text() -> u64 {
    let length = vellum::input_len();
    let mut input = vec![0; length];
    // SAFETY: the destination has the length of the input. It lies in storage, like all that is allocated.
    unsafe { vellum::input_copy(input.as_mut_ptr(), 0, length) };
    let text = &mut collections().text;
    match std::str::from_utf8(&input) {
        Ok(input) => text.push_str(input),
        Err(error) => {
            let why = error.to_string();
            // SAFETY: the text is as long as it says.
            unsafe { vellum::revert(why.as_ptr(), why.len()) }
        }
    }
    text.len() as u64
}

/// Ends with the text as output, straight out of storage.
#[unsafe(no_mangle)]
pub extern "C" fn text() {
    let text = &collections().text;
    // SAFETY: the text is as long as it says.
    unsafe { vellum::return_(text.as_ptr(), text.len()) }
}

/// A number that changes with everything that the collections hold, by FNV-1a over words and bytes.
#[unsafe(no_mangle)]
pub extern "C" fn checksum() -> u64 {
    let Collections { map, list, text } = collections();
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x0100_0000_01b3);
    let pairs = map.iter().flat_map(|(key, value)| [*key, *value]);
    let words = pairs.chain(list.iter().copied()).chain(text.bytes().map(u64::from));
    words.fold(0xcbf2_9ce4_8422_2325, mix)
}

/// Changes all three collections, and then traps.
#[unsafe(no_mangle)]
pub extern "C" fn insert_then_trap(key: u64, value: u64) {
    insert(key, value);
    push(value);
    collections().text.push('!');
    core::arch::wasm32::unreachable()
}

/// Calls an export of this contract with two words, which are its parameters. Gives the status.
fn call_self(export: &str, words: [u64; 2]) -> u32 {
    let mut address = [0u8; 20];
    let mut input = [0u8; 16];
    input[..8].copy_from_slice(&words[0].to_le_bytes());
    input[8..].copy_from_slice(&words[1].to_le_bytes());
    // SAFETY: every pointer comes with the length of what it points to; an address has 20 bytes.
    unsafe {
        vellum::self_address(address.as_mut_ptr());
        vellum::call(address.as_ptr(), export.as_ptr(), export.len(), input.as_ptr(), input.len(), 0, 0)
    }
}

/// Inserts a pair, has a call of this contract insert another one, and inserts a third, whose value is the sum of the two as
/// they are found then. Gives the status of the call.
#[unsafe(no_mangle)]
pub extern "C" fn insert_around_call(key: u64, value: u64) -> u32 {
    insert(key, value);
    let status = call_self("insert", [key.wrapping_add(1), value.wrapping_add(1)]);
    let sum = get(key).wrapping_add(get(key.wrapping_add(1)));
    insert(key.wrapping_add(2), sum);
    status
}

/// As `insert_around_call`, but the call traps after it has written.
#[unsafe(no_mangle)]
pub extern "C" fn insert_around_trap(key: u64, value: u64) -> u32 {
    insert(key, value);
    let status = call_self("insert_then_trap", [key, value.wrapping_add(1)]);
    insert(key.wrapping_add(2), get(key));
    status
}

/// A static, which is volatile.
static SEEN: AtomicU64 = AtomicU64::new(7);

/// Overwrites static and stack, and makes own memory larger. Gives what the static held: what it was compiled with.
#[unsafe(no_mangle)]
pub extern "C" fn scribble(word: u64, _: u64) -> u64 {
    let before = SEEN.swap(word, Relaxed);
    let mut stack = [word; 4096];
    black_box(&mut stack);
    core::arch::wasm32::memory_grow::<0>(1);
    before
}

/// Calls `scribble` in another call of this contract. Gives 1 if its own static, stack and memory size are as they were.
#[unsafe(no_mangle)]
pub extern "C" fn is_volatile_part_its_own() -> u32 {
    let is_fresh = SEEN.swap(41, Relaxed) == 7;
    let pages = core::arch::wasm32::memory_size::<0>();
    let mut stack = [42u64; 1024];
    black_box(&mut stack);
    let status = call_self("scribble", [43, 0]);
    let is_kept = SEEN.load(Relaxed) == 41 && black_box(&stack).iter().all(|word| *word == 42);
    u32::from(status == 0 && is_fresh && is_kept && core::arch::wasm32::memory_size::<0>() == pages)
}

/// Recurses, with 64 words on the stack each time. Writes nothing else.
#[unsafe(no_mangle)]
pub extern "C" fn recurse(depth: u64) -> u64 {
    let mut words = [depth; 64];
    black_box(&mut words);
    let below = if depth == 0 { 0 } else { recurse(depth - 1) };
    black_box(&words)[depth as usize % 64].wrapping_add(below)
}
