//! The fuzzer finds every deliberate mistake within seconds, and saves a small file that fails again.
//!
//! Each mistake is a patch, and the sources have none. A copy of the crate gets all of them, each behind a switch, and is built
//! once. Then its `vellum fuzz` and `vellum replay` run with one mistake at a time.

mod copy;
mod patch;
mod patches;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use copy::{mistakes, vellum};

/// Regressions, each with a mistake that it must notice.
const REGRESSIONS: [(&str, &str); 12] = [
    ("a_call_that_reverts_leaves_no_write.scenario", "undo_nothing"),
    ("the_oldest_bytes_of_a_page_written_at_two_depths_come_back.scenario", "newer_pre_image_wins"),
    ("a_reverted_call_of_another_contract_leaves_no_write.scenario", "undo_caller_only"),
    ("what_the_caller_wrote_survives_the_failure_of_a_reentrant_call.scenario", "pre_image_is_committed"),
    ("a_call_that_succeeded_is_undone_with_its_caller.scenario", "success_drops_notes"),
    ("what_a_static_call_calls_may_not_write.scenario", "static_is_not_inherited"),
    ("a_window_is_given_before_a_call.scenario", "window_not_given"),
    ("a_window_is_taken_again_after_a_call.scenario", "window_not_taken"),
    ("money_of_a_failed_call_goes_back.scenario", "money_is_not_undone"),
    ("a_failed_call_leaves_no_event.scenario", "events_are_not_undone"),
    ("what_is_pruned_leaves_no_diff.store", "pruning_keeps_a_diff"),
    ("a_group_stays_late_until_the_blocks_above_it_are_written.store", "late_groups_are_forgotten"),
];

/// Mistakes in resources that transactions reuse. A scenario may fail only after others have run.
const OF_REUSED_RESOURCES: [&str; 4] =
    ["page_table_is_kept", "globals_are_kept", "registers_are_kept", "own_memory_in_front_is_kept"];

/// Maximum number of lines of a shrunk scenario: two transactions with a nested call and a few stores. A generated one has dozens.
const SMALL: usize = 10;

/// The result of a campaign.
#[derive(Debug)]
struct Campaign {
    found: Option<Finding>,
    /// Standard error.
    said: String,
    /// The folder of the saved finding.
    _folder: TempDir,
}

#[derive(Debug)]
struct Finding {
    what: String,
    /// True if it fails without the scenarios before it.
    alone: bool,
    file: PathBuf,
    /// The saved text without its comments.
    steps: String,
}

/// Fuzzes a target. The number of runs, in which a mistake must be found, is a small part of every test run.
fn fuzz(mistake: Option<&str>, target: &str, more: &[&str]) -> Campaign {
    let runs = if target == "store" { "50" } else { "500" };
    let folder = TempDir::new().unwrap();
    let out = folder.path().to_str().unwrap();
    let arguments = ["--json", "fuzz", "--seed", "1", "--runs", runs, "--target", target, "--out", out];
    let output = vellum(mistake, arguments.iter().chain(more).copied());
    let said = String::from_utf8(output.stderr).unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let found = (!document["found"].is_null()).then(|| {
        let found = &document["found"];
        let text = |name: &str| found[name].as_str().unwrap().to_owned();
        let file = PathBuf::from(text("file"));
        let saved = fs::read_to_string(&file).unwrap();
        let steps = saved.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        Finding { what: text("what"), alone: found["alone"].as_bool().unwrap(), file, steps }
    });
    assert_eq!(output.status.code(), Some(i32::from(found.is_some())), "{said}");
    Campaign { found, said, _folder: folder }
}

/// Replays a saved file. Returns true if it fails.
fn fails(mistake: Option<&str>, file: &Path) -> bool {
    let output = vellum(mistake, ["--json", "replay", file.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert_eq!(output.status.code(), Some(i32::from(!document["fails"].is_null())), "{said}");
    !document["fails"].is_null()
}

#[test]
fn every_mistake_is_found_and_what_is_saved_of_it_is_small_and_fails_again() {
    for mistake in mistakes() {
        let (name, target) = (mistake.name.as_str(), mistake.target.as_str());
        let campaign = fuzz(Some(name), target, &[]);
        let found = campaign.found.as_ref().unwrap_or_else(|| panic!("{name} is not found: {}", mistake.patch.comment));
        assert!(!fails(None, &found.file), "{name}: {found:?} fails without it");
        if !found.alone {
            assert!(OF_REUSED_RESOURCES.contains(&name), "{name} is found only after others: {found:?}");
            continue;
        }
        assert!(fails(Some(name), &found.file), "{name}: {found:?} does not fail again");
        assert!(found.steps.lines().count() <= SMALL, "{name}: {}", found.steps);
    }
}

#[test]
fn without_a_mistake_nothing_is_found() {
    let mut targets: Vec<String> = mistakes().into_iter().map(|mistake| mistake.target).collect();
    targets.dedup();
    for target in targets {
        let campaign = fuzz(None, &target, &[]);
        assert!(campaign.found.is_none(), "{campaign:?}");
    }
}

#[test]
fn a_regression_fails_with_its_mistake_and_passes_without() {
    for (name, mistake) in REGRESSIONS {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions").join(name);
        assert!(!fails(None, &file), "{name}");
        assert!(fails(Some(mistake), &file), "{name} does not notice {mistake}");
    }
}

#[test]
fn what_is_saved_of_a_mistake_of_the_store_is_as_few_steps_as_it_takes() {
    // Something is written, and pruned; pages of two groups are written, then each once more.
    for (mistake, last, expected) in
        [("pruning_keeps_a_diff", "\nprune ", 2), ("late_groups_are_forgotten", "\nwrite ", 3)]
    {
        let steps = fuzz(Some(mistake), "store", &[]).found.unwrap().steps;
        let count = steps.lines().skip(1).filter(|line| !line.starts_with(' ')).count();
        assert!(count <= expected && steps.lines().count() <= 8 && steps.contains(last), "{steps}");
    }
}

#[test]
fn a_panic_is_made_small_like_any_failure_and_nothing_of_it_is_left() {
    // If a panic left anything behind, the next candidate could fail for that reason, and shrinking would keep it.
    let expected = "\
vellum scenario
transaction pager=soft commit=0 short_of_gas=0 value=0
  call contract=0 read_only=1 value=0 gas=0
";
    for target in ["pagers_agree", "reentry", "mapped_vs_slices"] {
        let campaign = fuzz(Some("static_call_panics"), target, &["--pagers", "soft"]);
        let found = campaign.found.unwrap();
        assert!(found.what.contains("it panics at src/machine/outgoing.rs"), "{}", found.what);
        assert!(found.what.ends_with("a deliberate mistake") && found.alone, "{found:?}");
        assert_eq!(found.steps, expected, "{target}");
        // Shrinking repeats the panic many times, but its message is printed once.
        assert_eq!(campaign.said.matches("\na deliberate mistake").count(), 1, "{}", campaign.said);
        assert!(fuzz(None, target, &["--pagers", "soft"]).found.is_none());
    }
}
