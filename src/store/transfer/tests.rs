//! Diffs lead to the states that they name, and altered bytes are refused.

use proptest::prelude::*;

use super::*;
use crate::store::DecodeError;
use crate::store::codec::Writer;
use crate::store::hash::page_hash;
use crate::store::model::root_from_scratch;
use crate::units::{PAGE_SIZE, PageCount};

const CONTRACT: Address = Address([3; 20]);

fn root(pages: &Pages) -> StateRoot {
    let hashes = pages.iter().map(|(page, bytes)| (page.0, page_hash(&CONTRACT, *page, bytes).0));
    let mut hashes: BTreeMap<_, _> = hashes.collect();
    hashes.retain(|_, hash| *hash != [0; 32]);
    root_from_scratch(&hashes)
}

/// The diffs between consecutive states of a contract.
fn diffs(states: &[Pages]) -> Vec<Diff> {
    let zero = Box::new(ZERO_PAGE);
    let between = |(version, pair): (usize, &[Pages])| {
        let indexes: std::collections::BTreeSet<_> = pair[0].keys().chain(pair[1].keys()).copied().collect();
        let runs = |page: PageIndex| {
            let [old, new] = [0, 1].map(|at| pair[at].get(&page).unwrap_or(&zero));
            PageRuns { page, runs: runs_between(old, new) }
        };
        let mut pages: Vec<_> = indexes.into_iter().map(runs).collect();
        pages.retain(|page| !page.runs.is_empty());
        Diff {
            contract: CONTRACT,
            from: Version(version as u64),
            to: Version(version as u64 + 1),
            before: root(&pair[0]),
            after: root(&pair[1]),
            pages,
        }
    };
    states.windows(2).enumerate().map(between).collect()
}

/// Consecutive states of a contract, the first without pages.
fn states() -> impl Strategy<Value = Vec<Pages>> {
    let write = (prop_oneof![0..6u32, Just((1 << 20) - 1)], 0..PAGE_SIZE - 8, any::<u8>(), 1..8usize);
    let writes = prop::collection::vec(write, 1..6);
    prop::collection::vec(writes, 1..6).prop_map(|versions| {
        let mut states = vec![Pages::new()];
        for writes in versions {
            let mut pages = states.last().unwrap().clone();
            for (page, at, byte, length) in writes {
                pages.entry(PageIndex(page)).or_insert_with(|| Box::new(ZERO_PAGE))[at..at + length].fill(byte);
            }
            states.push(pages);
        }
        states
    })
}

fn without_zeros(pages: &Pages) -> Pages {
    let mut pages = pages.clone();
    pages.retain(|_, bytes| **bytes != ZERO_PAGE);
    pages
}

fn file(diffs: Vec<Diff>) -> DiffFile {
    let contract = CarriedContract { wasm: vec![9; 40], max_pages: PageCount(32), refuses_reentry: true };
    DiffFile { address: CONTRACT, from: Version(0), contract: Some(contract), diffs }
}

/// Bytes of memory that a decoded file holds.
fn footprint(file: &DiffFile) -> usize {
    let run = |run: &Run| run.xor.capacity() + size_of::<Run>();
    let page = |page: &PageRuns| {
        page.runs.iter().map(run).sum::<usize>()
            + (page.runs.capacity() - page.runs.len()) * size_of::<Run>()
            + size_of::<PageRuns>()
    };
    let diff = |diff: &Diff| diff.pages.iter().map(page).sum::<usize>() + size_of::<Diff>();
    file.diffs.iter().map(diff).sum::<usize>() + file.contract.as_ref().map_or(0, |contract| contract.wasm.capacity())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn diffs_lead_forward_and_back_one_by_one_and_merged(states in states()) {
        let diffs = diffs(&states);
        let mut pages = Pages::new();
        for (diff, state) in diffs.iter().zip(&states[1..]) {
            diff.apply(&mut pages).unwrap();
            prop_assert_eq!(without_zeros(&pages), without_zeros(state));
        }
        let merged = diffs[1..].iter().try_fold(diffs[0].clone(), |all, next| all.merged(next)).unwrap();
        let mut at_once = Pages::new();
        merged.apply(&mut at_once).unwrap();
        prop_assert_eq!(without_zeros(&at_once), without_zeros(states.last().unwrap()));
        merged.inverted().apply(&mut pages).unwrap();
        prop_assert_eq!(without_zeros(&pages), Pages::new());
        for diff in diffs {
            prop_assert_eq!(diff.clone().inverted().inverted(), diff);
        }
    }

    #[test]
    fn a_diff_and_its_inverse_are_nothing(states in states()) {
        for diff in diffs(&states) {
            let nothing = diff.merged(&diff.clone().inverted()).unwrap();
            prop_assert_eq!((nothing.pages, nothing.before, nothing.to), (vec![], nothing.after, nothing.from));
        }
    }

    #[test]
    fn a_file_comes_back_and_only_whole(states in states(), cut: prop::sample::Index, bit: prop::sample::Index) {
        let file = file(diffs(&states));
        let bytes = file.encode();
        prop_assert_eq!(DiffFile::decode(&bytes), Ok(file));
        prop_assert!(DiffFile::decode(&bytes[..cut.index(bytes.len())]).is_err());
        let mut altered = bytes.clone();
        let bit = bit.index(bytes.len() * 8);
        altered[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(DiffFile::decode(&altered).is_err());
        prop_assert!(DiffFile::decode(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn any_bytes_decode_without_a_panic_and_in_bounded_memory(noise in prop::collection::vec(0..4u8, 0..4000), count: u64) {
        let _ = DiffFile::decode(&noise);
        // With a valid checksum, as an attacker would write it.
        let mut writer = Writer::new();
        writer.raw(b"vellum diffs").u8(2).raw(&[3; 20]).varint(0).varint(count % 50).u8(0).raw(&noise);
        let bytes = writer.seal(b"vellum diffs");
        if let Ok(file) = DiffFile::decode(&bytes) {
            prop_assert!(footprint(&file) <= 64 * bytes.len());
            prop_assert_eq!(file.encode(), bytes);
        }
    }
}

#[test]
fn a_file_of_the_smallest_runs_takes_a_bounded_multiple_of_memory() {
    let runs: Vec<_> = (0..1365).map(|n| Run { offset: n * 3, xor: vec![1] }).collect();
    let page = |page| PageRuns { page: PageIndex(page), runs: runs.clone() };
    let diff = Diff {
        contract: CONTRACT,
        from: Version(0),
        to: Version(1),
        before: StateRoot::ZERO,
        after: StateRoot([1; 32]),
        pages: (0..50).map(page).collect(),
    };
    let bytes = file(vec![diff]).encode();
    let decoded = DiffFile::decode(&bytes).unwrap();
    assert!(footprint(&decoded) <= 64 * bytes.len(), "{} of {}", footprint(&decoded), bytes.len());
    // A number of diffs beyond the end of the file must not cause an allocation.
    let mut writer = Writer::new();
    writer.raw(b"vellum diffs").u8(2).raw(&[3; 20]).varint(0).varint(u64::MAX >> 1).u8(0);
    assert_eq!(DiffFile::decode(&writer.seal(b"vellum diffs")), Err(DecodeError::Truncated));
    let of_form_1 = Writer::new().raw(b"vellum diffs").u8(1).seal(b"vellum diffs");
    assert_eq!(DiffFile::decode(&of_form_1), Err(DecodeError::Form { found: 1, supported: 2 }));
}

#[test]
fn diffs_that_do_not_follow_each_other_are_not_merged() {
    let pages = |byte: u8| Pages::from([(PageIndex(1), Box::new([byte; PAGE_SIZE]))]);
    let diffs = diffs(&[Pages::new(), pages(1), pages(2), pages(3)]);
    assert!(matches!(diffs[0].merged(&diffs[2]), Err(Misfit::Version { .. })));
    assert!(matches!(diffs[0].merged(&diffs[0]), Err(Misfit::Version { .. })));
    assert!(matches!(diffs[1].merged(&diffs[0]), Err(Misfit::Version { .. })));
    let other = Diff { contract: Address::ZERO, ..diffs[1].clone() };
    assert!(matches!(diffs[0].merged(&other), Err(Misfit::Contract { .. })));
    let elsewhere = Diff { before: StateRoot([7; 32]), ..diffs[1].clone() };
    assert!(matches!(diffs[0].merged(&elsewhere), Err(Misfit::Before { .. })));
    let mut malformed = diffs[1].clone();
    malformed.pages[0].runs[0].offset = 1;
    assert_eq!(diffs[0].merged(&malformed), Err(Misfit::Malformed));
    assert_eq!(malformed.apply(&mut Pages::new()), Err(Misfit::Malformed));
}
