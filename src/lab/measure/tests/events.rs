use std::convert::Infallible;
use std::hint::black_box;

use memmap2::MmapMut;

use crate::lab::measure::{Event, Reading, count_events};

/// Causes `pages` page faults.
fn fault(pages: usize) {
    let mut fresh = MmapMut::map_anon(pages << 12).unwrap();
    for page in 0..pages {
        fresh[page << 12] = 1;
    }
    black_box(&fresh);
}

/// The count of an event during `work`, if this process can count it.
fn counted(event: Event, mut work: impl FnMut()) -> Option<u64> {
    let found = count_events(|counters| Ok::<Reading, Infallible>(counters.count(&mut work))).unwrap();
    assert_eq!(found.contains_key(event.name()), event.availability().is_ok(), "{event:?}: {found:?}");
    found.get(event.name()).copied()
}

#[test]
fn the_events_of_the_work_are_counted_and_no_others() {
    if let Some(faults) = counted(Event::UserPageFaults, || fault(64)) {
        assert!((64..80).contains(&faults), "{faults}");
        assert_eq!(counted(Event::UserPageFaults, || ()), Some(0));
    }
    let turns = |turns: u64| (0..turns).for_each(|turn| _ = black_box(turn));
    if let Some(instructions) = counted(Event::UserInstructions, || turns(100_000)) {
        assert!(instructions >= 100_000, "{instructions}");
        assert!(counted(Event::UserInstructions, || ()).unwrap() < 1_000);
    }
}

#[test]
fn two_readings_are_subtracted_event_by_event() {
    let found = count_events(|counters| {
        let more = counters.count(|| fault(64));
        Ok::<Reading, Infallible>(more.minus(&counters.count(|| fault(16))))
    });
    if let Some(faults) = found.unwrap().get(Event::UserPageFaults.name()) {
        assert!((48..60).contains(faults), "{faults}");
    }
}

#[test]
fn an_unavailable_event_has_a_reason_and_a_remedy() {
    for event in Event::ALL {
        assert_eq!(Event::named(event.name()), Some(event));
        if let Err(why) = event.availability() {
            assert!(!why.reason.is_empty() && !why.remedy.is_empty() && !why.to_string().contains('\n'), "{why}");
        }
    }
}
