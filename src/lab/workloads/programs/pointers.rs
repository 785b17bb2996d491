//! The work on what a program allocates: each function makes its data, and then does the work `times` times on them.

use std::hint::black_box;

use super::work;

/// Fills a map and looks up its keys.
pub fn map(times: u64, entries: usize) -> u64 {
    work::repeat(times, || work::fill_and_look_up(black_box(entries)))
}

/// Adds the words of a list.
pub fn sum(times: u64, length: usize) -> u64 {
    let words: Vec<u64> = (0..length).map(work::word).collect();
    work::repeat(times, || work::add(black_box(&words).iter().copied()))
}

/// Fills a list and sorts it as std does.
pub fn sort(times: u64, length: usize) -> u64 {
    sort_by(times, length, <[u64]>::sort_unstable)
}

/// Fills a list and sorts it by a heap.
pub fn heapsort(times: u64, length: usize) -> u64 {
    sort_by(times, length, |words| work::sort_by_heap(words, length))
}

fn sort_by(times: u64, length: usize, sort: impl Fn(&mut [u64])) -> u64 {
    let mut words = vec![0; length];
    work::repeat(times, || {
        words.iter_mut().enumerate().for_each(|(index, word)| *word = work::word(index));
        sort(black_box(&mut words));
        work::checksum(words.iter().copied())
    })
}

/// Multiplies a matrix with itself.
pub fn matrix(times: u64, side: usize) -> u64 {
    let factors: Vec<f64> = (0..side * side).map(work::factor).collect();
    let mut product = vec![0.0; side * side];
    work::repeat(times, || {
        work::multiply(black_box(&factors[..]), black_box(&factors[..]), black_box(&mut product[..]), side);
        work::checksum(product.iter().map(|element| element.to_bits()))
    })
}

/// Parses a text.
pub fn json(times: u64, records: usize) -> u64 {
    let mut text = Vec::new();
    work::write_json(records, &mut |byte| text.push(byte));
    work::repeat(times, || work::parse_json(black_box(&text).iter().copied()).unwrap_or(0))
}
