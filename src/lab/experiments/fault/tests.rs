use std::time::Duration;

use super::break_even;
use super::rows::{RESIDENT, SIGSEGV, SOFT};
use super::*;
use crate::lab::measure::Series;

/// A row in which a page costs each arm a fixed time, and a time for each access.
fn group(words: u32, costs: &[(&str, f64, f64)]) -> Group {
    let series = costs.iter().map(|(name, once, each)| Series {
        name: (*name).to_owned(),
        batch: 1,
        samples: (0..9).map(|round| once + each * f64::from(words) + f64::from(round) * 1e-6).collect(),
    });
    Group::new(MANY_READS, &words.to_string(), Per::Page, SOFT, series.collect(), Duration::from_nanos(1))
}

#[test]
fn a_crossover_is_found_where_two_lines_meet() {
    let costs = [(SOFT, 10.0, 0.9), (RESIDENT, 0.0, 1.5), (SIGSEGV, 6_010.0, 0.5)];
    let groups = [65_536, 1, 256].map(|words| group(words, &costs));
    let crossings = break_even::crossovers(&groups);
    let [resident, sigsegv] = &crossings[..] else { panic!("{crossings:?}") };
    assert_eq!((&*resident.above, resident.found), (RESIDENT, None));
    let (found, interval) = sigsegv.found.unwrap();
    assert!((found - 15_000.0).abs() < 1.0 && interval.low <= found && found <= interval.high, "{sigsegv:?}");
}

#[test]
fn arms_that_were_not_measured_have_no_crossover() {
    assert_eq!(break_even::crossovers(&[]), []);
    assert_eq!(break_even::crossovers(&[group(1, &[(SIGSEGV, 1.0, 1.0)])]), []);
}
