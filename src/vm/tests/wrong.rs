//! The fuzzer bites: it finds every deliberate mistake in a few scenarios, and what it found stays in the regressions.

use std::fs;
use std::path::PathBuf;

use arbitrary::{Arbitrary, Unstructured};

use crate::fuzzing::{Campaign, Oracle, Scenario, Target, shrink};
use crate::machine::wrong::{self, Wrong};
use crate::paging::PagerKind;

/// Scenarios within which a mistake has to be found: a small part of what every test run goes through, and well under
/// five seconds.
const SCENARIOS: u64 = 500;

/// The regressions that a mistake of this kind would be noticed by.
const STORIES: [(&str, Wrong); 10] = [
    ("a_call_that_reverts_leaves_no_write", Wrong::UndoNothing),
    ("the_oldest_bytes_of_a_page_written_at_two_depths_come_back", Wrong::UndoOldestFirst),
    ("a_reverted_call_of_another_contract_leaves_no_write", Wrong::UndoCallerOnly),
    ("what_the_caller_wrote_survives_the_failure_of_a_reentrant_call", Wrong::PreImageIsCommitted),
    ("a_call_that_succeeded_is_undone_with_its_caller", Wrong::SuccessDropsNotes),
    ("what_a_static_call_calls_may_not_write", Wrong::StaticIsNotInherited),
    ("a_window_is_given_before_a_call", Wrong::WindowNotGiven),
    ("a_window_is_taken_again_after_a_call", Wrong::WindowNotTaken),
    ("money_of_a_failed_call_goes_back", Wrong::MoneyIsNotUndone),
    ("a_failed_call_leaves_no_event", Wrong::EventsAreNotUndone),
];

/// Whether anything is noticed. A mistake may also come to light as an assertion that fails.
fn fails(oracle: &mut Oracle, scenario: &Scenario) -> bool {
    oracle.pagers_agree(scenario).is_err()
}

/// The first scenario in which something was noticed.
fn found(wrong: Option<Wrong>) -> Option<Scenario> {
    wrong::make(wrong);
    let mut oracle = Oracle::new().unwrap();
    let mut scenarios = (0..SCENARIOS).map(|seed| {
        let bytes = crate::fuzzing::pseudo_random(seed, 3_000);
        Scenario::arbitrary(&mut Unstructured::new(&bytes)).unwrap()
    });
    let found = scenarios.find(|scenario| fails(&mut oracle, scenario));
    wrong::make(None);
    found
}

#[test]
fn every_deliberate_mistake_is_found_and_where_there_is_none_nothing_is() {
    assert_eq!(found(None), None);
    let missed: Vec<Wrong> = Wrong::ALL.into_iter().filter(|wrong| found(Some(*wrong)).is_none()).collect();
    assert_eq!(missed, []);
}

#[test]
fn a_panic_is_made_small_like_any_failure_and_nothing_of_it_is_left() {
    let expected = "\
vellum scenario
transaction pager=soft commit=0 short_of_gas=0 value=0
  call contract=0 read_only=1 value=0 gas=0
";
    for target in [Target::PagersAgree, Target::Reentry, Target::MappedVsSlices] {
        let campaign = Campaign { target, seed: 1, pagers: vec![PagerKind::Soft], runs: Some(SCENARIOS), time: None };
        wrong::make(Some(Wrong::StaticCallPanics));
        let summary = campaign.run(&|| false);
        wrong::make(None);
        let finding = summary.unwrap().finding.unwrap();
        assert!(finding.what.contains("it panics at src/machine/outgoing.rs"), "{}", finding.what);
        assert!(finding.what.ends_with("a deliberate mistake") && finding.alone, "{finding:?}");
        assert_eq!(String::from_utf8(finding.input).unwrap(), expected, "{target:?}");
        // The thread that was in the middle of a call runs on.
        assert!(campaign.run(&|| false).unwrap().finding.is_none());
    }
}

fn path(story: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/regressions").join(format!("{story}.scenario"))
}

#[test]
fn a_regression_fails_with_its_mistake_and_passes_without() {
    for (story, mistake) in STORIES {
        let scenario: Scenario = fs::read_to_string(path(story)).unwrap().parse().unwrap();
        assert!(!fails(&mut Oracle::new().unwrap(), &scenario), "{story}");
        let mut oracle = Oracle::new().unwrap();
        wrong::make(Some(mistake));
        let failed = fails(&mut oracle, &scenario);
        wrong::make(None);
        assert!(failed, "{story} is not noticed with {mistake:?}");
    }
}

/// Run by hand for a story that has no file: `cargo test --lib write_regressions -- --ignored`.
#[test]
#[ignore = "writes the files that the other tests read"]
fn write_regressions() {
    for (story, mistake) in STORIES.into_iter().filter(|(story, _)| !path(story).exists()) {
        let large = found(Some(mistake)).unwrap();
        wrong::make(Some(mistake));
        // All of them are seen under `soft`, which is the fastest.
        let mut oracle = Oracle::with_pagers([PagerKind::Soft]).unwrap();
        let small = shrink(&large, |candidate| fails(&mut oracle, candidate));
        wrong::make(None);
        let title = story.replace('_', " ");
        fs::write(path(story), format!("# {title}\n{small}")).unwrap();
    }
}
