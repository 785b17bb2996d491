use super::rows::{FEW, MANY, SOFT};
use super::*;
use crate::lab::Settings;
use crate::lab::workloads::Ends;
use crate::paging::PagerKind;

/// The counts of a line's chains.
fn counts(row: &Row, pager: PagerKind) -> std::collections::BTreeMap<String, u64> {
    let modules = tempfile::tempdir().unwrap();
    let line = row.lines.iter().find(|line| line.pager == pager).unwrap();
    Chains::new(line, row.once, modules.path().to_owned()).unwrap().counts().unwrap()
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
    // The first, the third and the fifth put back what they wrote and what the call inside each left.
    assert_eq!(calls("6 deep, 2nd reverts", "pages put back by undo"), 6);
    let written = counts(&row(PAGES, "16 pages, reverts"), PagerKind::Soft);
    assert_eq!((written["write faults"], written["pages put back by undo"]), (16, 16));
}

/// The claim behind the target, without a clock: under soft an undone call copies and puts back what it wrote itself.
#[test]
fn what_is_undone_under_soft_does_not_grow_with_what_the_caller_wrote() {
    for section in [BESIDE_WRITTEN, BESIDE_READ] {
        let row = row(section, SOFT);
        let count = |size: &str| {
            let lines = row.lines.iter().copied().filter(|line| line.name == size).collect();
            counts(&Row { lines, ..row.clone() }, PagerKind::Soft)
        };
        let (few, many) = (count(FEW), count(MANY));
        assert_eq!(many["pages put back by undo"], 16);
        assert_eq!(few, many, "{section}");
    }
}

#[test]
fn late_pagers_copy_and_put_back_what_the_caller_wrote_too() {
    let row = row(BESIDE_WRITTEN, "mapped, eager");
    let lines = row.lines.iter().copied().filter(|line| line.name == MANY).collect();
    let counts = counts(&Row { lines, ..row }, PagerKind::Eager);
    assert_eq!((counts["pages copied for undo"], counts["pages put back by undo"]), (20, 20));
}

#[test]
fn every_row_says_what_its_lines_do() {
    for row in rows(&Settings::tiny().reentry) {
        assert!(row.lines.iter().any(|line| line.name == row.base), "{row:?}");
        let reverts = |line: &rows::Line| line.workload.ends != Ends::Return;
        let said = row.title.contains("revert") || row.section.contains("reverts");
        assert!(row.lines.iter().all(|line| reverts(line) == said), "{row:?}");
    }
}
