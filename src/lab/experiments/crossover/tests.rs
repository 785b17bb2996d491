use super::*;
use crate::lab::experiments::{Crossing, Group, Per};
use crate::lab::measure::Series;

/// Rows of a table in which mapping costs `fixed` for a page and `each` for an access, with noise.
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

/// The crossovers with both forms of slices.
fn found(fixed: f64, each: f64, seed: u64) -> [Crossing; 2] {
    crossovers(&groups(fixed, each, seed)).try_into().unwrap()
}

#[test]
fn a_crossover_is_found_where_the_cost_curves_meet() {
    // 50 + 2 n is 10 n at n = 6.25, and 200 + n at n = 150.
    let expected = [([fault::SLICE, fault::SOFT], 5.5..7.0), ([fault::SOFT, fault::WHOLE], 120.0..180.0)];
    for seed in 0..10 {
        for (crossing, arms, near) in
            expected.iter().zip(found(50.0, 2.0, seed)).map(|((arms, near), crossing)| (crossing, arms, near))
        {
            assert_eq!([crossing.below.as_str(), &crossing.above], *arms);
            let (at, interval) = crossing.found.unwrap();
            assert!(near.contains(&at) && interval.low <= at && at <= interval.high, "{at} {interval:?}");
            assert!(interval.high < 2.0 * interval.low, "{interval:?}");
        }
    }
}

#[test]
fn an_arm_that_is_faster_throughout_stands_first_and_has_no_crossover() {
    let of = |crossing: &Crossing| (crossing.below.clone(), crossing.above.clone(), crossing.found);
    let name = str::to_owned;
    let [word, whole] = found(0.0, 0.5, 1);
    assert_eq!(of(&word), (name(fault::SOFT), name(fault::SLICE), None));
    assert_eq!(of(&whole), (name(fault::SOFT), name(fault::WHOLE), None));
    let [word, whole] = found(9_000.0, 10.0, 1);
    assert_eq!(of(&word), (name(fault::SLICE), name(fault::SOFT), None));
    assert_eq!(of(&whole), (name(fault::WHOLE), name(fault::SOFT), None));
}

#[test]
fn whole_pages_and_single_words_have_the_same_results() {
    use crate::lab::workloads::{Form, Subject, Testbed, WholePages};
    use crate::paging::PagerKind;
    for access in [AccessKind::Read, AccessKind::Modify] {
        for words in [1, 7, 512, 600] {
            let touch = Touch { access, first: 1, stride: 3, pages: 4, touched: 4, words, stored: true };
            let whole = WholePages(touch);
            let testbed = || Testbed::in_memory().unwrap();
            Subject::new(&whole, Form::Slices, PagerKind::Soft, testbed()).unwrap().commits(2).unwrap();
            Subject::new(&touch, Form::Slices, PagerKind::Soft, testbed()).unwrap().commits(2).unwrap();
        }
    }
}
