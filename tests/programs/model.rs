//! Random operations on the programs, beside the same collections natively.

use std::collections::BTreeMap;

use fastrand::Rng;
use vellum::receipt::Value;

use super::support::{NONE, Program, pagers, result};

/// A call under one of the pagers, with its result.
fn run(program: &Program, random: &mut Rng, function: &str, arguments: &[u64]) -> u64 {
    let pager = *random.choice(&pagers()).unwrap();
    let arguments: Vec<Value> = arguments.iter().map(|word| Value::I64(*word as i64)).collect();
    result(&program.commit(&program.call(function, &arguments).pager(pager)))
}

#[test]
fn collections_in_storage_do_what_collections_do() {
    let (program, random) = (Program::deploy("collections"), &mut Rng::with_seed(1));
    let (mut map, mut list, mut text) = (BTreeMap::<u64, u64>::new(), Vec::new(), String::new());
    for step in 0..400 {
        let (key, value) = (random.u64(..60), random.u64(..NONE));
        let (found, expected) = match random.u32(..10) {
            0..4 => (run(&program, random, "insert", &[key, value]), map.insert(key, value).unwrap_or(NONE)),
            4 | 5 => (run(&program, random, "remove", &[key]), map.remove(&key).unwrap_or(NONE)),
            6 => (run(&program, random, "get", &[key]), map.get(&key).copied().unwrap_or(NONE)),
            7 => {
                let next = map.range(key..).next().map_or(NONE, |(key, _)| *key);
                (run(&program, random, "next", &[key]), next)
            }
            8 => {
                list.push(value);
                list.sort_unstable();
                let length = run(&program, random, "push", &[value]);
                run(&program, random, "sort", &[]);
                (length, list.len() as u64)
            }
            _ => {
                let word = format!("{value:x} ");
                text.push_str(&word);
                (result(&program.commit(&program.call("push_text", &[]).input(word))), text.len() as u64)
            }
        };
        assert_eq!(found, expected, "step {step}");
        if step % 20 == 0 {
            let sum = map.values().fold(0, |sum: u64, value| sum.wrapping_add(*value));
            assert_eq!(run(&program, random, "sum", &[]), sum);
            assert_eq!(run(&program, random, "len", &[]), map.len() as u64);
        }
    }
    let pairs = map.into_iter().flat_map(|(key, value)| [key, value]);
    let words = pairs.chain(list).chain(text.bytes().map(u64::from));
    assert_eq!(run(&program, random, "checksum", &[]), checksum(words));
}

#[test]
fn a_table_in_storage_keeps_pairs_in_the_order_in_which_they_came() {
    let (program, random) = (Program::deploy("table"), &mut Rng::with_seed(2));
    let mut pairs: Vec<(u64, u64)> = Vec::new();
    for step in 0..400 {
        let (key, value) = (random.u64(..60), random.u64(..NONE));
        let place = pairs.iter().position(|pair| pair.0 == key);
        let before = place.map_or(NONE, |place| pairs[place].1);
        let found = match random.u32(..4) {
            0 | 1 => {
                match place {
                    Some(place) => pairs[place].1 = value,
                    None => pairs.push((key, value)),
                }
                run(&program, random, "put", &[key, value])
            }
            2 => {
                place.map(|place| pairs.remove(place));
                run(&program, random, "remove", &[key])
            }
            _ => run(&program, random, "get", &[key]),
        };
        assert_eq!(found, before, "step {step}");
    }
    assert_eq!(run(&program, random, "count", &[]), pairs.len() as u64);
    let words = pairs.into_iter().flat_map(|(key, value)| [key, value]);
    assert_eq!(run(&program, random, "checksum", &[]), checksum(words));
}

/// FNV-1a over words, as the programs have it.
fn checksum(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0xcbf2_9ce4_8422_2325, |sum, word| (sum ^ word).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn a_ring_and_a_tally_count_like_a_list() {
    let (ring, tally) = (Program::deploy("ring"), Program::deploy("tally"));
    let random = &mut Rng::with_seed(3);
    let mut words = Vec::new();
    for _ in 0..100 {
        let word = random.u32(..300);
        words.push(word);
        assert_eq!(run(&ring, random, "add", &[word.into()]), 0);
        let times = words.iter().filter(|other| **other % 256 == word % 256).count();
        assert_eq!(tally.run("count", &[Value::I32(word as i32)]), times as u64);
        assert_eq!(tally.run("last", &[]), u64::from(word));
    }
    assert_eq!(run(&ring, random, "added", &[]), 100);
    assert_eq!(run(&ring, random, "sum", &[]), words.into_iter().map(u64::from).sum::<u64>());
}
