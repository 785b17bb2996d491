use super::rows::{FEW, MANY, SOFT};
use super::*;
use crate::lab::Settings;
use crate::lab::workloads::Reverts;
use crate::paging::PagerKind;

/// The counts of one chain of the row's arm under a pager.
fn counts(row: &Row, pager: PagerKind) -> std::collections::BTreeMap<String, u64> {
    let modules = tempfile::tempdir().unwrap();
    let arm = row.arms.iter().find(|arm| arm.pager == pager).unwrap();
    Chains::new(arm, row.is_single, modules.path().to_owned()).unwrap().counts().unwrap()
}

fn row(section: &str, title: &str) -> Row {
    let mut found =
        rows(&Settings::tiny().reentry).into_iter().filter(|row| row.section == section && row.title == title);
    found.next().unwrap()
}

#[test]
fn counts_are_of_one_chain() {
    let calls = |title, name: &str| counts(&row(DEPTH, title), PagerKind::Soft)[name];
    // Each call writes one page, and reads it afterwards.
    assert_eq!((calls("6 deep, all return", "write faults"), calls("6 deep, all return", "read faults")), (6, 6));
    assert_eq!(calls("6 deep, all return", "pages put back by undo"), 0);
    // Levels 1, 3 and 5 revert. Each undoes its own write and that of the call nested in it, which is of the same page.
    assert_eq!(calls("6 deep, 2nd reverts", "pages put back by undo"), 3);
    let written = counts(&row(PAGES, "16 pages, reverts"), PagerKind::Soft);
    assert_eq!((written["write faults"], written["pages put back by undo"]), (16, 16));
}

/// The claim of the target, without a clock: under soft a reverting call undoes only its own writes.
#[test]
fn undo_under_soft_does_not_grow_with_the_pages_of_the_caller() {
    for section in [BESIDE_WRITTEN, BESIDE_READ] {
        let row = row(section, SOFT);
        let count = |size: &str| {
            let arms = row.arms.iter().copied().filter(|arm| arm.name == size).collect();
            counts(&Row { arms, ..row.clone() }, PagerKind::Soft)
        };
        let (few, many) = (count(FEW), count(MANY));
        assert_eq!(many["pages put back by undo"], 16);
        assert_eq!(few, many, "{section}");
    }
}

#[test]
fn undo_under_eager_copies_the_pages_of_the_caller_too() {
    let row = row(BESIDE_WRITTEN, "mapped, eager");
    let arms = row.arms.iter().copied().filter(|arm| arm.name == MANY).collect();
    let counts = counts(&Row { arms, ..row }, PagerKind::Eager);
    assert_eq!((counts["pages copied for undo"], counts["pages put back by undo"]), (20, 20));
}

#[test]
fn the_names_of_every_row_say_whether_its_calls_revert() {
    for row in rows(&Settings::tiny().reentry) {
        assert!(row.arms.iter().any(|arm| arm.name == row.base), "{row:?}");
        let reverts = |arm: &rows::ArmSpec| arm.workload.reverts != Reverts::None;
        let named = row.title.contains("revert") || row.section.contains("reverts");
        assert!(row.arms.iter().all(|arm| reverts(arm) == named), "{row:?}");
    }
}
