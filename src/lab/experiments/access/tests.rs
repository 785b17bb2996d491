use super::contract::{self, FILLING, PATTERN, STORED};
use super::native::{Operation, Pattern, sweep};
use super::rows::{Contract, STRADDLING, patterns};
use super::*;
use crate::lab::measure::Series;

#[test]
fn the_contracts_are_valid_wasm() {
    for source in [contract::mapped(), contract::slices(), contract::window()] {
        wat::parse_str(&source).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn every_arm_of_every_row_has_its_function() {
    for row in rows(&PagerKind::ALL) {
        for ArmSpec { contract, function, .. } in &row.arms {
            let source = match contract {
                Contract::Mapped => contract::mapped(),
                Contract::Slices => contract::slices(),
                Contract::Window => contract::window(),
            };
            let export = format!("\"{}\"", row.pattern.function(function));
            assert!(source.contains(&export), "{export}");
        }
    }
}

#[test]
fn accesses_stay_inside_the_span_and_only_straddling_ones_cross_pages() {
    for (title, pattern) in patterns() {
        let addresses = pattern.addresses();
        assert!(addresses.len() > 50 && addresses.iter().all(|at| at + 8 <= u64::from(SPAN)), "{title}");
        let crossing = addresses.iter().filter(|at| *at % 4_096 > 4_088).count();
        assert_eq!(crossing, if title == STRADDLING { addresses.len() } else { 0 }, "{title}");
    }
}

#[test]
fn the_native_model_reads_the_pattern_and_keeps_what_is_written() {
    let two = Pattern::Stride { start: 8, step: 8, end: 24 };
    let words = [8u64.wrapping_mul(PATTERN), 16u64.wrapping_mul(PATTERN)];
    assert_eq!(sweep(two, Operation::Load).0, words[0].wrapping_add(words[1]));
    assert_eq!(sweep(two, Operation::LoadBigEndian).0, words[0].swap_bytes().wrapping_add(words[1].swap_bytes()));
    let (_, mut stored) = sweep(two, Operation::Store);
    assert_eq!([8, 16, 24].map(|at| stored.load(at)), [STORED, STORED, 24u64.wrapping_mul(PATTERN)]);
    let (_, mut copied) = sweep(two, Operation::CopyOut(3));
    assert_eq!(copied.bytes(8, 3), [FILLING; 3]);
    assert_eq!(copied.load(8) >> 24, words[0] >> 24);
    assert_eq!(STORED, STORED.swap_bytes(), "a register writes the same");
}

#[test]
fn every_target_finds_its_row_and_arms() {
    let group = |row: Row| {
        let series = |arm: &ArmSpec| Series { name: arm.name.to_owned(), batch: 1, samples: vec![1.0; 5] };
        let series = row.arms.iter().map(series).collect();
        Group::new(row.section, &row.title, row.per, row.base, series, Duration::from_nanos(1))
    };
    let found = conclude(&Settings::tiny(), rows(&PagerKind::ALL).into_iter().map(group).collect());
    assert_eq!(found.targets.iter().map(|target| target.found).collect::<Vec<_>>(), [1.0; 3]);
}
