use std::cell::RefCell;

use arbitrary::{Arbitrary, Unstructured};
use proptest::prelude::*;

use super::*;

thread_local! {
    static ORACLE: RefCell<Oracle> = RefCell::new(Oracle::new().unwrap());
}

fn scenario(seed: u64, profile: Profile) -> Scenario {
    profile.scenario(&mut Unstructured::new(&pseudo_random(seed, 3_000))).unwrap()
}

proptest! {
    // Eight times PROPTEST_CASES, or 2,048 cases by default.
    #![proptest_config(ProptestConfig { cases: 8 * ProptestConfig::default().cases, ..ProptestConfig::default() })]

    #[test]
    fn every_pager_does_what_the_model_does(bytes in prop::collection::vec(any::<u8>(), 0..3_000)) {
        let scenario = Scenario::arbitrary(&mut Unstructured::new(&bytes)).unwrap();
        ORACLE
            .with_borrow_mut(|oracle| oracle.pagers_agree(&scenario))
            .map_err(|error| TestCaseError::fail(format!("{error}\n{scenario}")))?;
    }
}

#[test]
fn scenarios_reach_what_they_are_for() {
    let mut oracle = Oracle::new().unwrap();
    let mut all = Reached::default();
    for seed in 0..300 {
        all.add(&oracle.pagers_agree(&scenario(seed, Profile::ANYTHING)).unwrap());
        assert_eq!(oracle.check().unwrap().problems, []);
    }
    assert!(all.nested > 300 && all.reentered > 200 && all.nested_failed > 50 && all.read_only > 50, "{all:?}");
    assert!(all.returned > 300 && all.undone > 100 && all.out_of_gas > 20 && all.pages_changed > 1_000, "{all:?}");
    let few = all.counts().into_iter().find(|(name, count)| *count < 10 && *name != "not_by_slices");
    assert_eq!(few, None, "{all:?}");
}

#[test]
fn sequences_of_a_store_reach_what_they_are_for() {
    let mut all = StoreReached::default();
    for seed in 0..60 {
        all.add(&store_is_the_model(&pseudo_random(seed, 3_000)).unwrap_or_else(|what| panic!("{seed}: {what}")));
    }
    let few = all.counts().into_iter().find(|(_, count)| *count < 15);
    assert_eq!(few, None, "{all:?}");
}

#[test]
fn slices_and_windows_do_what_mapped_accesses_do() {
    let mut oracle = Oracle::with_pagers([crate::paging::PagerKind::Soft]).unwrap();
    let mut unconverted = 0;
    for seed in 0..400 {
        let scenario = scenario(seed, Profile::MAPPED);
        unconverted +=
            oracle.mapped_vs_slices(&scenario).unwrap_or_else(|error| panic!("{error}\n{scenario}")).not_by_slices;
    }
    assert!(unconverted < 20, "{unconverted}");
}

#[test]
fn what_ran_before_makes_no_difference() {
    let mut oracle = Oracle::new().unwrap();
    for seed in 0..20 {
        oracle.as_in_a_fresh_vm(&scenario(seed, Profile::REENTRY)).unwrap();
    }
}

#[test]
fn a_scenario_is_read_as_it_was_written() {
    for seed in 0..2_000 {
        let profile = [Profile::ANYTHING, Profile::REENTRY, Profile::MAPPED][seed as usize % 3];
        let scenario = scenario(seed, profile);
        assert_eq!(scenario.to_string().parse(), Ok(scenario));
    }
}

#[test]
fn what_is_no_scenario_is_refused_with_its_line_and_what_would_be_right() {
    let first = "vellum scenario\ntransaction pager=soft commit=1 short_of_gas=0 value=0\n";
    for (text, line, problem) in [
        ("", 1, "must be \"vellum scenario\""),
        ("# a comment\n\n{}", 3, "the first line of a scenario"),
        ("vellum scenario\n  trap", 2, "expected a transaction"),
        ("vellum scenario\ntransaction pager=sof commit=1 short_of_gas=0 value=0", 2, "sof"),
        (&format!("{first}  laod8 at=1"), 3, "the most similar is \"load8\""),
        (&format!("{first}  load8"), 3, "the line must be \"load8 at=…\""),
        (&format!("{first}  load8 at=-1"), 3, "a number from 0 to 4294967295"),
        (&format!("{first}  load8 at=1 at=2"), 3, "\"at=2\" is not a field of this line"),
        (&format!("{first}    load8 at=1"), 3, "indented by 4 spaces"),
        (&format!("{first}  call contract=9 read_only=0 value=0 gas=0"), 3, "`contract` must be below 4"),
        (&format!("{first}  call contract=1 read_only=2 value=0 gas=0"), 3, "\"2\" must be 0 or 1"),
        (&format!("{first}  own_store to=5 value=0"), 3, "has the script"),
        (&(first.to_owned() + &"  trap\n".repeat(801)), 2, "at most 800 steps"),
    ] {
        let error = text.parse::<Scenario>().expect_err(text);
        assert!(error.line == line && error.problem.contains(problem), "{text}: {error}");
    }
    let deep: String =
        (0..40).map(|depth| format!("{:1$}call contract=0 read_only=0 value=0 gas=0\n", "", 2 + 2 * depth)).collect();
    let error = format!("{first}{deep}").parse::<Scenario>().unwrap_err();
    assert!(error.problem.contains("at most 32 deep"), "{error}");
}

proptest! {
    #[test]
    fn any_text_is_a_scenario_or_refused(text in "(vellum scenario\n)?(transaction pager=soft commit=1 short_of_gas=0 value=0\n)?[ a-z0-9=_\n#-]{0,200}") {
        if let Ok(scenario) = text.parse::<Scenario>() {
            prop_assert_eq!(scenario.to_string().parse(), Ok(scenario));
        }
    }

    #[test]
    fn every_decoder_answers(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(decode(&bytes), Ok(()));
    }
}

#[test]
fn a_failure_is_made_as_small_as_it_can_be() {
    // A scenario "fails" if it stores a value above 1,000 at call depth 2 or more.
    fn stores(steps: &[Step], depth: u32) -> bool {
        steps.iter().any(|step| match step {
            Step::Store8 { value, .. } => depth > 1 && *value > 1_000,
            Step::Call(call) => stores(&call.steps, depth + 1),
            _ => false,
        })
    }
    let fails = |scenario: &Scenario| scenario.transactions.iter().any(|transaction| stores(&transaction.steps, 0));
    let large = (0..).map(|seed| scenario(seed, Profile::ANYTHING)).find(fails).unwrap();
    let expected = "\
vellum scenario
transaction pager=soft commit=0 short_of_gas=0 value=0
  call contract=0 read_only=0 value=0 gas=0
    call contract=0 read_only=0 value=0 gas=0
      store8 at=0 value=1001
";
    assert_eq!(shrink(&large, fails).to_string(), expected);
}

#[test]
fn a_campaign_of_a_seed_runs_the_same_again_and_stops_when_it_is_told() {
    let campaign =
        |target| Campaign { target, seed: 7, pagers: vec![crate::paging::PagerKind::Soft], runs: Some(30), time: None };
    for target in Target::ALL {
        let runs = [(); 2].map(|()| campaign(target).run(&|| false).unwrap());
        assert_eq!((runs[0].scenarios, &runs[0].reached), (30, &runs[1].reached), "{target:?}");
        assert!(runs.iter().all(|run| run.finding.is_none()), "{runs:?}");
        assert_eq!(campaign(target).run(&|| true).unwrap().scenarios, 0);
    }
}

#[test]
fn random_modules_do_the_same_prepared_and_reach_what_they_are_for() {
    let mut all = PrepareReached::default();
    let (mut generated, mut valid) = (0, 0);
    for seed in 0..150 {
        let Ok(wasm) = random_module(&mut Unstructured::new(&pseudo_random(seed, 3_000))) else { continue };
        generated += 1;
        if let Err(error) = crate::contract::validate(&wasm, &crate::contract::Imports::default()) {
            assert!(!matches!(error, crate::contract::ContractError::Feature { .. }), "{error}");
            continue;
        }
        valid += 1;
        all.add(&prepared_does_the_same(&wasm).unwrap_or_else(|what| panic!("module {seed}: {what}")));
    }
    // Most random code halts before it writes to storage; `vellum fuzz --target prepare` goes through more of it.
    assert!(all.returned > 100 && all.trapped > 100 && all.read_faults > 100, "{all:?} of {generated}, {valid}");
    assert!(all.in_other_forms > 20, "{all:?}");
    assert!(all.write_faults >= 5 && all.wrote > 0, "{all:?} of {generated}, {valid}");
    assert!(generated > 100 && valid > 100, "{generated}, {valid}");
}

/// Runs every failure that was ever found, and scenarios that catch likely mistakes.
#[test]
fn regressions_stay_away() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions");
    let mut oracle = Oracle::new().unwrap();
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        count += 1;
        if StoreSteps::has_title(&text) {
            let steps: StoreSteps = text.parse().unwrap();
            steps.run().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            continue;
        }
        let scenario: Scenario = text.parse().unwrap();
        oracle.replay(&scenario).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(oracle.check().unwrap().problems, []);
    }
    assert!(count > 0);
}
