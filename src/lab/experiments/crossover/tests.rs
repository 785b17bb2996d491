use super::*;
use crate::lab::experiments::{Group, Per};
use crate::lab::measure::Series;

/// Rows of a table in which mapping costs `fixed` and `each` for an access, with noise.
fn groups(fixed: f64, each: f64, seed: u64) -> Vec<Group> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut group = |words: u32| {
        let accesses = f64::from(words);
        let costs =
            [(fault::SLICE, 10.0 * accesses), (fault::WHOLE, 200.0 + accesses), (fault::SOFT, fixed + each * accesses)];
        let drift: Vec<f64> = (0..13).map(|round| 1.0 + 0.2 * f64::from(round).sin()).collect();
        let series = costs.map(|(name, cost)| {
            let samples = drift.iter().map(|drift| cost * drift * (0.97 + 0.06 * random.f64())).collect();
            Series { name: name.to_owned(), batch: 1, samples }
        });
        Group::new(READS, &words.to_string(), Per::Page, fault::SLICE, series.into(), Duration::from_nanos(1))
    };
    WORDS.into_iter().map(&mut group).collect()
}

#[test]
fn the_crossing_is_where_mapping_begins_to_be_faster_than_the_better_slices() {
    for seed in 0..10 {
        // 10 n = 54 + n at n = 6, between the points 4 and 8.
        let found = meetings(&groups(54.0, 1.0, seed));
        assert_eq!(found.len(), 1, "only soft was measured");
        let (at, interval) = found[0].found.unwrap();
        assert!((5.5..6.5).contains(&at) && interval.low <= at && at <= interval.high, "{at} {interval:?}");
        assert!(4.0 < interval.low && interval.high < 8.0, "{interval:?}");
    }
}

#[test]
fn mapping_that_always_pays_does_so_from_the_first_access_on() {
    let (at, interval) = meetings(&groups(0.0, 0.5, 1))[0].found.unwrap();
    assert_eq!((at, interval.low, interval.high), (1.0, 1.0, 1.0));
}

#[test]
fn mapping_that_never_pays_has_no_crossing() {
    assert_eq!(meetings(&groups(500.0, 1.0, 1))[0].found, None);
    // It pays in the middle and not at the end: above no number does it always.
    assert_eq!(meetings(&groups(0.0, 9.0, 1))[0].found, None);
}

#[test]
fn whole_pages_and_single_words_come_to_the_same() {
    use crate::lab::workloads::{Form, Subject, WholePages, World};
    use crate::paging::PagerKind;
    for deed in [Deed::Read, Deed::Modify] {
        for words in [1, 7, 512, 600] {
            let touch = Touch { deed, first: 1, stride: 3, pages: 4, touched: 4, words, stored: true };
            let whole = WholePages(touch);
            let world = || World::in_memory().unwrap();
            Subject::new(&whole, Form::Slices, PagerKind::Soft, world()).unwrap().commits(2).unwrap();
            Subject::new(&touch, Form::Slices, PagerKind::Soft, world()).unwrap().commits(2).unwrap();
        }
    }
}
