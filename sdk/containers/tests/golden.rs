//! The bytes of small spaces, and the order of iteration, as they were when the version of the layout was made.
//!
//! `VELLUM_GOLDEN=write cargo test -p vellum-containers --test golden` writes the files again, which only a new version of the layout
//! may need. A file has the lines of 16 bytes that are not zero, and then the keys in order of iteration.

mod common;

use std::fmt::Write;
use std::path::Path;

use common::Random;
use vellum_containers::{Bytes, Flag, List, Map, Memory, PAGE, Set, SortedMap, SortedSet, Stored, Str};

/// Compares a text with a file, or writes it.
fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("VELLUM_GOLDEN").is_some_and(|it| it == "write") {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(expected == text, "the layout is not that of {}, but:\n{text}", path.display());
}

/// The lines that are not zero, with their offsets.
fn dump(memory: &Memory) -> String {
    let mut text = String::new();
    for (number, line) in memory.bytes().chunks(16).enumerate().filter(|(_, line)| line.iter().any(|&it| it != 0)) {
        if (number as u32 * 16).is_multiple_of(PAGE) {
            text.push('\n');
        }
        write!(text, "{:06x} ", number * 16).unwrap();
        for (index, byte) in line.iter().enumerate() {
            text += if index % 8 == 0 { "  " } else { " " };
            write!(text, "{byte:02x}").unwrap();
        }
        text.push('\n');
    }
    text
}

/// A 64-bit FNV-1a hash, for spaces that are too large to be files.
fn fingerprint(memory: &Memory) -> u64 {
    memory
        .bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[repr(C)]
struct Token {
    supply: u128,
    owner: [u8; 20],
    is_open: Flag,
    padding: [u8; 3],
    balances: Map<[u8; 20], u128>,
    names: SortedMap<Str, List<u64>>,
    holders: Set<u32>,
    prices: SortedSet<u16>,
    note: Bytes,
    nested: Map<u8, Map<u8, u16>>,
    end: [u8; 8],
}

// SAFETY: numbers and containers without padding: 16 + 20 + 1 + 3 + 6 * 8 + 8 bytes are a multiple of 16.
unsafe impl Stored for Token {
    const OWNS: bool = true;
}

#[test]
#[cfg_attr(miri, ignore = "Miri hides the file")]
fn a_small_contract_has_the_bytes_of_its_file() {
    let mut memory = Memory::new(16);
    let order = memory.with(|token: &mut Token| {
        token.supply = 1_000_000;
        token.owner = *b"the owner's address.";
        token.is_open.set(true);
        for account in 0..5_u8 {
            *token.balances.or_zero([account; 20]) += 1_000 + u128::from(account);
        }
        for (number, name) in
            ["bob", "alice", "carol", "a name that is longer than sixteen bytes"].into_iter().enumerate()
        {
            token.names.or_zero(name.into()).extend(0..number as u64 * 2);
        }
        token.holders.insert(7);
        token.holders.insert(8);
        token.prices.insert(300);
        token.prices.insert(20);
        token.note.set(b"a note");
        token.nested.or_zero(1).insert(2, 3);
        let balances: Vec<u8> = token.balances.keys().map(|key| key[0]).collect();
        let names: Vec<&str> = token.names.keys().map(|key| key.as_str()).collect();
        format!("balances: {balances:?}\nnames: {names:?}\n")
    });
    check("token.txt", &format!("{}\n{order}", dump(&memory)));
}

#[test]
#[cfg_attr(miri, ignore = "slow")]
fn a_large_map_has_the_bytes_and_the_order_of_its_file() {
    let mut memory = Memory::new(300);
    let mut random = Random(11);
    let order = memory.with(|map: &mut Map<u64, u64>| fill(map, &mut random));
    let large = format!("fingerprint of all bytes: {:016x}\nfirst keys: {order:x?}\n", fingerprint(&memory));
    let mut memory = Memory::new(300);
    memory.with(|map: &mut SortedMap<u64, u64>| {
        (0..10_000).for_each(|_| _ = map.insert(random.below(1 << 40), 1));
        let keys: Vec<u64> = map.keys().copied().step_by(3).collect();
        keys.iter().for_each(|key| assert!(map.remove(key)));
    });
    let sorted = format!("fingerprint of all bytes of a sorted map: {:016x}\n", fingerprint(&memory));
    let mut memory = Memory::new(300);
    memory.with(|list: &mut List<[u8; 12]>| (0..50_000_u32).for_each(|it| _ = list.push([it as u8; 12])));
    let list = format!("fingerprint of all bytes of a list: {:016x}\n", fingerprint(&memory));
    check("large.txt", &format!("{large}{sorted}{list}"));
}

/// Inserts 10,000 entries, removes a third of them, and returns the first keys in order of iteration.
fn fill(map: &mut Map<u64, u64>, random: &mut Random) -> Vec<u64> {
    (0..10_000).for_each(|_| _ = map.insert(random.next(), 1));
    let keys: Vec<u64> = map.keys().copied().step_by(3).collect();
    keys.iter().for_each(|key| assert!(map.remove(key)));
    map.keys().copied().take(100).collect()
}
