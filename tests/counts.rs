//! The counts of the lab's workloads, compared with a file. They do not depend on a clock, so a regression shows on any host
//! and in any build.
//!
//! `VELLUM_WRITE_COUNTS=1 cargo test --test counts` writes the file again, on a host with all pagers.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use vellum::lab::workloads::{Form, Mode, Subject, Testbed, Workload, standard};
use vellum::paging::PagerKind;

/// The first columns of the file.
const KEY: [&str; 4] = ["workload", "mode", "form", "pager"];

/// The counts, in the order of their columns. A cell is empty if the count does not apply, or if the pager cannot know it.
const COUNTS: [&str; 24] = [
    "gas",
    "host calls",
    "read faults",
    "write faults",
    "signals",
    "pages read",
    "pages written",
    "pages changed",
    "pages loaded",
    "pages copied",
    "pages compared",
    "pages copied for undo",
    "pages put back by undo",
    "chunks hashed",
    "nodes hashed",
    "world nodes hashed",
    "records written",
    "records deleted",
    "bytes of records",
    "bytes to files",
    "write system calls",
    "system calls",
    "allocations",
    "bytes allocated",
];

/// Calls before the counted one. Frames, instances and the free pages of the store are then as in a long run.
const WARM_UP_CALLS: u64 = 4;

/// Rows by their keys, in the order of the file.
type Rows = Vec<(String, Vec<Option<u64>>)>;

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/counts.csv")
}

fn name(mode: Mode) -> &'static str {
    match mode {
        Mode::DryRun => "dry run",
        Mode::Commit => "commit to LMDB",
    }
}

/// Counts a warm call of a workload in one form under one pager, as a dry run and as a commit.
fn count(workload: &dyn Workload, form: Form, pager: PagerKind) -> Rows {
    let directory = tempfile::tempdir().unwrap();
    let testbed = Testbed::written_on_disk(directory.path()).unwrap();
    let mut subject = Subject::new(workload, form, pager, testbed).unwrap();
    let mut row = |mode: Mode| {
        let allocated = subject.observe_next(mode, |call| allocation_counter::measure(call)).unwrap();
        let mut counts = subject.counts(mode).unwrap();
        counts.insert("allocations".to_owned(), allocated.count_total);
        counts.insert("bytes allocated".to_owned(), allocated.bytes_total);
        if let Some(unknown) = counts.keys().find(|name| !COUNTS.contains(&name.as_str())) {
            panic!("{unknown:?} has no column");
        }
        let key = [workload.name(), name(mode), &form.to_string(), pager.name()].join(",");
        (key, COUNTS.map(|name| counts.get(name).copied()).to_vec())
    };
    for _ in 0..WARM_UP_CALLS {
        row(Mode::DryRun);
        row(Mode::Commit);
    }
    vec![row(Mode::DryRun), row(Mode::Commit)]
}

fn measured() -> Rows {
    let mut rows = Rows::new();
    for workload in standard() {
        for form in workload.forms() {
            rows.extend(PagerKind::available().flat_map(|pager| count(workload.as_ref(), form, pager)));
        }
    }
    rows
}

fn text(rows: &Rows) -> String {
    let mut text = format!("{},{}\n", KEY.join(","), COUNTS.join(","));
    for (key, counts) in rows {
        let cells = counts.iter().map(|count| count.map_or(String::new(), |count| count.to_string()));
        let _ = writeln!(text, "{key},{}", cells.collect::<Vec<_>>().join(","));
    }
    text
}

/// The rows of a file by key; nothing if the file has other columns.
fn parse(text: &str) -> Option<BTreeMap<String, Vec<Option<u64>>>> {
    let mut lines = text.lines();
    (lines.next()? == self::text(&Rows::new()).trim_end()).then_some(())?;
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let (key, counts) = cells.split_at_checked(KEY.len())?;
        let counts =
            counts.iter().map(|cell| if cell.is_empty() { Some(None) } else { Some(Some(cell.parse().ok()?)) });
        Some((key.join(","), counts.collect::<Option<Vec<_>>>()?))
    };
    lines.map(row).collect()
}

/// The differences, one per line. Pagers that are not available on this host are skipped.
fn differences(recorded: &str, rows: &Rows) -> Vec<String> {
    let Some(recorded) = parse(recorded) else { return vec!["it is no table with these columns".to_owned()] };
    let mut found = Vec::new();
    for (key, counts) in rows {
        let Some(before) = recorded.get(key) else {
            found.push(format!("{key}: the file has no such row"));
            continue;
        };
        for ((name, before), count) in
            COUNTS.iter().zip(before).zip(counts).filter(|((_, before), count)| before != count)
        {
            let said = |count: &Option<u64>| count.map_or("none".to_owned(), |count| count.to_string());
            found.push(format!("{key}: {name}: {} in the file, {} counted", said(before), said(count)));
        }
    }
    let available: Vec<&str> = PagerKind::available().map(PagerKind::name).collect();
    let is_available = |key: &str| available.iter().any(|pager| key.ends_with(&format!(",{pager}")));
    let unknown = recorded.keys().filter(|key| is_available(key) && !rows.iter().any(|(known, _)| known == *key));
    found.extend(unknown.map(|key| format!("{key}: no call has this name")));
    found
}

#[test]
fn what_calls_take_is_what_is_checked_in() {
    let rows = measured();
    for pager in PagerKind::ALL {
        if let Err(why) = pager.availability() {
            println!("not compared: {}: {}", pager.name(), why.reason);
        }
    }
    if std::env::var_os("VELLUM_WRITE_COUNTS").is_some() {
        assert!(PagerKind::available().eq(PagerKind::ALL), "the file must have all pagers");
        std::fs::write(file(), text(&rows)).unwrap();
    }
    let recorded = std::fs::read_to_string(file()).unwrap_or_default();
    let differences = differences(&recorded, &rows);
    assert!(
        differences.is_empty(),
        "{} differs in {} numbers; if that is intended, `VELLUM_WRITE_COUNTS=1 cargo test --test counts` makes it again:\n{}",
        file().display(),
        differences.len(),
        differences.join("\n"),
    );
}

#[test]
fn a_number_that_differs_is_named() {
    let rows = vec![("counter,dry run,mapped,soft".to_owned(), (0..24).map(|n| (n % 5 > 0).then_some(n)).collect())];
    let file = text(&rows);
    assert_eq!(differences(&file, &rows), [""; 0]);
    let other = file.replace(",2,", ",7,");
    assert_eq!(differences(&other, &rows), ["counter,dry run,mapped,soft: read faults: 7 in the file, 2 counted"]);
    let missing = file.replace("counter,", "token,");
    assert_eq!(
        differences(&missing, &rows),
        ["counter,dry run,mapped,soft: the file has no such row", "token,dry run,mapped,soft: no call has this name"]
    );
    let absent = file.replace("soft", "of another host");
    assert_eq!(differences(&absent, &rows), ["counter,dry run,mapped,soft: the file has no such row"]);
    assert_eq!(differences("damaged", &rows).len(), 1);
}
