use super::contract::{self, FILLING, PATTERN, STORED};
use super::native::{Deed, Pattern, pass};
use super::rows::{STRADDLING, Subject, patterns};
use super::*;
use crate::lab::measure::Series;

#[test]
fn the_contracts_are_wasm() {
    for source in [contract::mapped(), contract::slices(), contract::window()] {
        wat::parse_str(&source).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn every_line_of_every_row_has_its_function() {
    for row in rows(&PagerKind::ALL) {
        for (_, subject, function, ..) in &row.lines {
            let source = match subject {
                Subject::Mapped => contract::mapped(),
                Subject::Slices => contract::slices(),
                Subject::Window => contract::window(),
            };
            let export = format!("\"{}\"", row.pattern.function(function));
            assert!(source.contains(&export), "{export}");
        }
    }
}

#[test]
fn accesses_stay_inside_the_span_and_straddling_ones_cross_a_page() {
    for (title, pattern) in patterns() {
        let addresses = pattern.addresses();
        assert!(addresses.len() > 50 && addresses.iter().all(|at| at + 8 <= u64::from(SPAN)), "{title}");
        let crossing = addresses.iter().filter(|at| *at % 4_096 > 4_088).count();
        assert_eq!(crossing, if title == STRADDLING { addresses.len() } else { 0 }, "{title}");
    }
}

#[test]
fn the_model_reads_the_pattern_and_keeps_what_is_written() {
    let two = Pattern::Sweep { start: 8, step: 8, end: 24 };
    let words = [8u64.wrapping_mul(PATTERN), 16u64.wrapping_mul(PATTERN)];
    assert_eq!(pass(two, Deed::Load).0, words[0].wrapping_add(words[1]));
    assert_eq!(pass(two, Deed::LoadBigEndian).0, words[0].swap_bytes().wrapping_add(words[1].swap_bytes()));
    let (_, mut stored) = pass(two, Deed::Store);
    assert_eq!([8, 16, 24].map(|at| stored.load(at)), [STORED, STORED, 24u64.wrapping_mul(PATTERN)]);
    let (_, mut copied) = pass(two, Deed::CopyOut(3));
    assert_eq!(copied.bytes(8, 3), [FILLING; 3]);
    assert_eq!(copied.load(8) >> 24, words[0] >> 24);
    assert_eq!(STORED, STORED.swap_bytes(), "a register writes the same");
}

#[test]
fn what_was_to_be_reached_is_looked_for_where_it_is_measured() {
    let group = |row: Row| {
        let series = |line: &Line| Series { name: line.0.to_owned(), batch: 1, samples: vec![1.0; 5] };
        let series = row.lines.iter().map(series).collect();
        Group::new(row.section, &row.title, row.per, row.base, series, Duration::from_nanos(1))
    };
    let found = conclude(&Settings::tiny(), rows(&PagerKind::ALL).into_iter().map(group).collect());
    assert_eq!(found.targets.iter().map(|target| target.found).collect::<Vec<_>>(), [1.0; 3]);
}
