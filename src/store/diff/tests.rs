//! Diffs lead from one state to the other in both directions, also after encoding and decoding.

use proptest::prelude::*;

use super::part::PartEncoder;
use super::*;
use crate::store::codec::DecodeError;
use crate::store::hash::ZERO_PAGE;
use crate::store::{ContractChange, PageWrite, TreeUpdate};
use crate::units::Address;

/// Two contents of a page that differ in a few ranges, long and short, close and far.
fn page_pair() -> impl Strategy<Value = (Box<PageBytes>, Box<PageBytes>)> {
    let range = (0..PAGE_SIZE, 1..40usize, any::<u8>(), any::<bool>());
    (any::<u8>(), prop::collection::vec(range, 0..12), any::<bool>()).prop_map(|(fill, ranges, dense)| {
        let old = Box::new([fill; PAGE_SIZE]);
        let mut new = old.clone();
        if dense {
            new.iter_mut().enumerate().for_each(|(i, byte)| *byte ^= (i % 255) as u8);
        }
        for (start, length, byte, to_the_end) in ranges {
            let end = if to_the_end { PAGE_SIZE } else { PAGE_SIZE.min(start + length) };
            new[start.max(end.saturating_sub(length))..end].fill(byte);
        }
        (old, new)
    })
}

fn encode(record: &DiffRecord) -> Vec<Vec<u8>> {
    let contents = record.pages.iter().map(|change| {
        let mut bytes = ZERO_PAGE;
        apply(&change.runs, &mut bytes).unwrap();
        (change.page, bytes)
    });
    let contents: Vec<_> = contents.collect();
    let change = ContractChange {
        address: Address::ZERO,
        before: record.before,
        after: record.after,
        pages: contents.iter().map(|(page, bytes)| PageWrite { page: *page, bytes }).collect(),
        tree: TreeUpdate::default(),
    };
    let mut encoder = PartEncoder::new(record.commit, record.version, &change);
    let pages = change.pages.iter().zip(&record.pages);
    let mut parts: Vec<_> = pages
        .filter_map(|(write, change)| encoder.page(write, &ZERO_PAGE, ChunkSet::ALL, change.previous).unwrap())
        .collect();
    parts.push(encoder.finish());
    parts.into_iter().map(|mut part| part.body.finish()).collect()
}

fn decode(commit: CommitNumber, parts: &[Vec<u8>]) -> Result<DiffRecord, DecodeError> {
    DiffRecord::decode(commit, parts.iter().map(Vec::as_slice))
}

fn record(pages: Vec<PageChange>) -> DiffRecord {
    let (before, after) = (StateRoot([1; 32]), StateRoot([2; 32]));
    DiffRecord { commit: CommitNumber(1_000_000), version: Version(500_000), before, after, pages }
}

proptest! {
    #[test]
    fn runs_lead_there_and_back((old, new) in page_pair()) {
        let runs = runs_between(&old, &new);
        prop_assert!(are_well_formed(&runs));
        prop_assert_eq!(runs.is_empty(), old == new);
        let gaps_pay = runs.windows(2).all(|w| w[1].offset as usize - w[0].offset as usize - w[0].xor.len() >= SHORTEST_GAP);
        prop_assert!(gaps_pay);
        let mut page = *old;
        apply(&runs, &mut page).unwrap();
        prop_assert_eq!(&page[..], &new[..]);
        apply(&runs, &mut page).unwrap();
        prop_assert_eq!(&page[..], &old[..]);
    }

    #[test]
    fn a_record_comes_back_from_its_parts(pairs in prop::collection::vec((page_pair(), 0..500_000u64), 1..30)) {
        let pages = pairs.iter().zip(0u32..).filter(|(((old, new), _), _)| old != new);
        let pages: Vec<_> = pages
            .map(|(((old, new), previous), i)| PageChange {
                page: PageIndex(i * 3),
                previous: CommitNumber(*previous),
                runs: runs_between(old, new),
            })
            .collect();
        let record = record(pages);
        let mut parts = encode(&record);
        prop_assert_eq!(decode(record.commit, &parts), Ok(record.clone()));
        if parts.len() > 1 {
            parts.pop();
            prop_assert!(decode(record.commit, &parts).is_err());
        }
    }

    #[test]
    fn any_bytes_decode_without_a_panic(parts in prop::collection::vec(any::<Vec<u8>>(), 0..3), commit: u64) {
        let _ = decode(CommitNumber(commit), &parts);
    }

    #[test]
    fn a_diff_that_lost_its_end_is_refused(length in 0usize..80) {
        let runs = vec![Run { offset: 8, xor: vec![1; 8] }];
        let record = record(vec![PageChange { page: PageIndex(0), previous: CommitNumber(0), runs }]);
        let mut parts = encode(&record);
        prop_assume!(length < parts[0].len());
        parts[0].truncate(length);
        prop_assert!(decode(record.commit, &parts).is_err());
    }
}

#[test]
fn a_counter_takes_well_below_200_bytes() {
    let runs = vec![Run { offset: 0, xor: vec![1; 8] }];
    let record = record(vec![PageChange { page: PageIndex(0), previous: CommitNumber(999_999), runs }]);
    let parts = encode(&record);
    assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [81]);
}

#[test]
fn a_run_outside_its_page_is_refused_without_a_panic() {
    for (offset, length) in [(4095, 2), (4096, 1), (u16::MAX, 1), (0, 4097)] {
        let runs = [Run { offset, xor: vec![1; length] }];
        assert_eq!(apply(&runs, &mut ZERO_PAGE.clone()), Err(RunOutOfPage { offset, length }));
        assert!(!are_well_formed(&runs));
    }
}
