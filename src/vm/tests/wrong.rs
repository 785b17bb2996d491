//! The fuzzer finds every mutant within a few scenarios, and each has a regression that detects it.

use std::fs;
use std::path::PathBuf;

use arbitrary::{Arbitrary, Unstructured};

use crate::fuzzing::{Campaign, Oracle, Scenario, Target, shrink};
use crate::machine::wrong::{self, Wrong};
use crate::paging::PagerKind;

/// Number of scenarios within which a mutant must be found: a small part of those of every test run, in well under five seconds.
const SCENARIOS: u64 = 500;

/// The regressions, each with the mutant that it detects.
const REGRESSIONS: [(&str, Wrong); 10] = [
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

/// Returns true if the oracle finds a failure. A mutant may also cause a panic.
fn fails(oracle: &mut Oracle, scenario: &Scenario) -> bool {
    oracle.pagers_agree(scenario).is_err()
}

/// Returns the first scenario that fails with a mutant, or without any.
fn first_failure(wrong: Option<Wrong>) -> Option<Scenario> {
    wrong::make(wrong);
    let mut oracle = Oracle::new().unwrap();
    let mut scenarios = (0..SCENARIOS).map(|seed| {
        let bytes = crate::fuzzing::pseudo_random(seed, 3_000);
        Scenario::arbitrary(&mut Unstructured::new(&bytes)).unwrap()
    });
    let failure = scenarios.find(|scenario| fails(&mut oracle, scenario));
    wrong::make(None);
    failure
}

#[test]
fn every_mutant_is_found_and_no_scenario_fails_without_one() {
    assert_eq!(first_failure(None), None);
    let missed: Vec<Wrong> = Wrong::ALL.into_iter().filter(|wrong| first_failure(Some(*wrong)).is_none()).collect();
    assert_eq!(missed, []);
}

#[test]
fn a_panic_is_shrunk_like_any_failure_and_the_next_campaign_works() {
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
        // The thread whose call panicked can run another campaign.
        assert!(campaign.run(&|| false).unwrap().finding.is_none());
    }
}

fn path(regression: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/regressions").join(format!("{regression}.scenario"))
}

#[test]
fn a_regression_fails_with_its_mutant_and_passes_without() {
    for (regression, mutant) in REGRESSIONS {
        let scenario: Scenario = fs::read_to_string(path(regression)).unwrap().parse().unwrap();
        assert!(!fails(&mut Oracle::new().unwrap(), &scenario), "{regression}");
        let mut oracle = Oracle::new().unwrap();
        wrong::make(Some(mutant));
        let failed = fails(&mut oracle, &scenario);
        wrong::make(None);
        assert!(failed, "{regression} does not detect {mutant:?}");
    }
}

/// Writes the files of new regressions; run by hand with `cargo test --lib write_regressions -- --ignored`.
#[test]
#[ignore = "writes the files that the other tests read"]
fn write_regressions() {
    for (regression, mutant) in REGRESSIONS.into_iter().filter(|(regression, _)| !path(regression).exists()) {
        let large = first_failure(Some(mutant)).unwrap();
        wrong::make(Some(mutant));
        // `soft`, the fastest pager, detects all of them.
        let mut oracle = Oracle::with_pagers([PagerKind::Soft]).unwrap();
        let small = shrink(&large, |candidate| fails(&mut oracle, candidate));
        wrong::make(None);
        let title = regression.replace('_', " ");
        fs::write(path(regression), format!("# {title}\n{small}")).unwrap();
    }
}
