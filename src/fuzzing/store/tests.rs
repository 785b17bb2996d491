use std::path::Path;

use super::*;
use crate::fuzzing::{Campaign, Target, pseudo_random};
use crate::paging::PagerKind;
use crate::store::wrong::{self, Wrong};

/// What a mistake is noticed by.
const STORIES: [(&str, Wrong); 2] = [
    ("what_is_pruned_leaves_no_diff", Wrong::PruningKeepsADiff),
    ("a_group_stays_late_until_the_blocks_above_it_are_written", Wrong::LateGroupsAreForgotten),
];

#[test]
fn steps_are_the_same_after_they_were_text() {
    for seed in 0..200 {
        let steps = StoreSteps::of_bytes(&pseudo_random(seed, 3_000));
        assert!(steps.0.len() > 5);
        let text = steps.to_string();
        assert!(StoreSteps::is_meant_by(&format!("# What happened.\n{text}")));
        assert_eq!(text.parse(), Ok(steps), "{text}");
    }
}

#[test]
fn a_text_that_is_no_steps_is_refused_with_its_line() {
    let write = "vellum store\nwrite failing=0 then=go_on\n";
    let cases = [
        ("", 1, "should begin with \"vellum store\""),
        ("vellum scenario\n", 1, "should begin with"),
        ("vellum store\njump failing=0 then=go_on\n", 2, "there is no step \"jump\""),
        ("vellum store\nfund contract=3 amount=1 failing=0 then=go_on\n", 2, "\"3\" should be a number below 3"),
        ("vellum store\nprune contract=0 to=256 failing=0 then=go_on\n", 2, "should be a number below 256"),
        ("vellum store\nprune contract=0 to=1 failing=0\n", 2, "has not all its fields"),
        ("vellum store\nwrite failing=0 then=sleep\n", 2, "should be go_on, reopen, kill, hold or tear:NUMBER"),
        ("vellum store\nwrite failing=0 then=tear:x\n", 2, "a number of 64 bits"),
        ("vellum store\n  page contract=0 index=0 content=zeros byte=0 at=0\n", 2, "only pages of a write"),
        (&format!("{write}  fund contract=0 index=0\n"), 3, "stands where a page should"),
        (&format!("{write}  page contract=0 index=1048576 content=zeros byte=0 at=0\n"), 3, "below 1048576"),
        (&format!("{write}  page contract=0 index=0 content=half byte=0 at=0\n"), 3, "zeros, byte, full or tail"),
        (&format!("{write}  page contract=0 index=0 content=byte byte=0 at=4096\n"), 3, "below 4096"),
    ];
    for (text, line, problem) in cases {
        let error = text.parse::<StoreSteps>().unwrap_err();
        assert!(error.line == line && error.problem.contains(problem), "{text}: {error}");
    }
}

#[test]
fn a_regression_fails_with_its_mistake_and_passes_without() {
    for (story, mistake) in STORIES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions").join(format!("{story}.store"));
        let steps: StoreSteps = std::fs::read_to_string(path).unwrap().parse().unwrap();
        steps.run().unwrap();
        wrong::make(Some(mistake));
        let failed = steps.run();
        wrong::make(None);
        assert!(failed.is_err(), "{story} is not noticed with {mistake:?}");
    }
}

#[test]
fn a_mistake_is_found_and_what_is_kept_of_it_is_a_small_text_that_fails_again() {
    // Something is written, and pruned; a page is written, and one of another group.
    for (mistake, last) in [(Wrong::PruningKeepsADiff, "\nprune "), (Wrong::LateGroupsAreForgotten, "\nwrite ")] {
        let (target, pagers) = (Target::Store, vec![PagerKind::Soft]);
        let campaign = Campaign { target, seed: 1, pagers, runs: Some(100), time: None };
        wrong::make(Some(mistake));
        let finding = campaign.run(&|| false).unwrap().finding.unwrap();
        let text = String::from_utf8(finding.input).unwrap();
        let steps: StoreSteps = text.parse().unwrap();
        assert!(steps.run().is_err());
        wrong::make(None);
        steps.run().unwrap();
        assert!(steps.0.len() == 2 && text.lines().count() <= 5 && text.contains(last), "{text}");
    }
}
