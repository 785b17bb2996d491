use std::convert::Infallible;
use std::hint::black_box;

use memmap2::MmapMut;

use crate::lab::measure::{Event, Reading, events};

/// Writes to so many pages that the kernel has to make first.
fn fault(pages: usize) {
    let mut fresh = MmapMut::map_anon(pages << 12).unwrap();
    for page in 0..pages {
        fresh[page << 12] = 1;
    }
    black_box(&fresh);
}

/// What is counted of some work, where the event can be counted here.
fn counted(event: Event, mut work: impl FnMut()) -> Option<u64> {
    let found = events(|events| Ok::<Reading, Infallible>(events.count(&mut work))).unwrap();
    assert_eq!(found.contains_key(event.name()), event.availability().is_ok(), "{event:?}: {found:?}");
    found.get(event.name()).copied()
}

#[test]
fn what_is_counted_is_what_was_done_and_nothing_beside_it() {
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
fn of_two_readings_the_difference_is_taken_event_by_event() {
    let found = events(|events| {
        let more = events.count(|| fault(64));
        Ok::<Reading, Infallible>(more.less(&events.count(|| fault(16))))
    });
    if let Some(faults) = found.unwrap().get(Event::UserPageFaults.name()) {
        assert!((48..60).contains(faults), "{faults}");
    }
}

#[test]
fn what_cannot_be_counted_says_why_and_what_would_help() {
    for event in Event::ALL {
        assert_eq!(Event::named(event.name()), Some(event));
        if let Err(why) = event.availability() {
            assert!(!why.reason.is_empty() && !why.remedy.is_empty() && !why.to_string().contains('\n'), "{why}");
        }
    }
}
