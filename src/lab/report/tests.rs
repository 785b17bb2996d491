use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::lab::experiments::{ALL, Group, Per, access, call, fault, growth, reentry};
use crate::lab::measure::{Series, Verdict};

/// Samples around a cost, a tenth of it apart.
fn samples(name: &str, cost: f64, random: &mut fastrand::Rng) -> Series {
    let samples = (0..31).map(|_| cost * (0.95 + 0.1 * random.f64())).collect();
    Series { name: name.to_owned(), batch: 1_000_000, samples }
}

fn group(section: &str, title: &str, per: Per, base: &str, arms: &[(&str, f64)]) -> Group {
    let mut random = fastrand::Rng::with_seed(section.len() as u64 * 31 + title.len() as u64);
    let series = arms.iter().map(|(name, cost)| samples(name, *cost, &mut random)).collect();
    Group::new(section, title, per, base, series, Duration::from_nanos(30))
}

fn findings(name: &str, groups: Vec<Group>) -> Findings {
    let experiment = ALL.into_iter().find(|experiment| experiment.name == name).unwrap();
    Findings {
        name: name.to_owned(),
        question: experiment.question.to_owned(),
        timed: "Inside the time: made up.".to_owned(),
        method: vec!["The numbers are <invented> & seeded.".to_owned()],
        groups,
        targets: Vec::new(),
        crossings: Vec::new(),
    }
}

fn synthetic() -> Report {
    static REPORT: LazyLock<Report> = LazyLock::new(invented);
    REPORT.clone()
}

/// A report of invented numbers, in which mapping wins some and loses some.
fn invented() -> Report {
    let access_arms = [
        (access::OWN, 0.7),
        (access::SOFT, 1.0),
        (access::EAGER, 0.72),
        (access::SLICE, 9.0),
        (access::REGISTER, 14.0),
    ];
    let mut words: Vec<Group> = [access::READ, access::WRITE]
        .into_iter()
        .flat_map(|section| {
            ["sequential", "random"].map(|row| group(section, row, Per::Access, access::OWN, &access_arms))
        })
        .collect();
    for (length, own, soft, slice) in [(1, 4.0, 9.0, 8.0), (4_096, 60.0, 66.0, 64.0)] {
        let arms = [(access::OWN, own), (access::SOFT, soft), (access::SLICE, slice)];
        words.push(group(access::COPY_IN, &format!("{length} B"), Per::Copy, access::OWN, &arms));
    }
    let mut access = findings("access", words);
    let place = (access::READ, "sequential");
    access.ratio_target("8-byte mapped load (soft) against own memory", 2.0, place, access::SOFT, access::OWN);
    let transaction = |section, row, soft, eager| {
        let arms = [(call::SLICES, 10_000.0), (call::SOFT, soft), (call::EAGER, eager)];
        group(section, row, Per::Transaction, call::SLICES, &arms)
    };
    let mut calls = findings(
        "call",
        vec![
            transaction(call::DRY, "counter", 10_000.0, 12_000.0),
            transaction(call::DRY, "scan", 2_000.0, 30_000.0),
            transaction(call::DISK, "blob", 13_000.0, 90_000.0),
        ],
    );
    calls.time_target("warm counter dry run", 8_000.0, (call::DRY, "counter"), call::SOFT);
    let touches = [(fault::SLICE, 20.0), (fault::SOFT, 30.0), (fault::EAGER, 400.0)];
    let faults = findings("fault", vec![group(fault::KEPT, fault::READ, Per::Page, fault::SLICE, &touches)]);
    let sizes = [(growth::NONE, 10_000.0), ("1 MiB", 10_010.0), (growth::MOST, 10_020.0)];
    let sizes = findings("growth", vec![group(growth::SECTION, growth::SOFT, Per::Transaction, growth::NONE, &sizes)]);
    let nested = [(reentry::BARE, 2_000.0), (reentry::GAS, 250.0), (fault::SOFT, 600.0)];
    let beside = [(reentry::FEW, 4_000.0), (reentry::MANY, 4_010.0)];
    let one_page = [(fault::SOFT, 1_200.0), (fault::EAGER, 100_000.0)];
    let mut reentries = findings(
        "reentry",
        vec![
            group(reentry::NESTED, reentry::KEPT, Per::NestedCall, reentry::BARE, &nested),
            group(reentry::NESTED, reentry::NEW, Per::NestedCall, reentry::BARE, &nested),
            group(reentry::PAGES, reentry::ONE_RETURNS, Per::NestedCall, fault::SOFT, &one_page),
            group(reentry::BESIDE_WRITTEN, fault::SOFT, Per::NestedCall, reentry::FEW, &beside),
            group(reentry::BESIDE_READ, fault::SOFT, Per::NestedCall, reentry::FEW, &beside),
        ],
    );
    reentries.ratio_target("nested call", 2.0, (reentry::NESTED, reentry::KEPT), fault::SOFT, reentry::BARE);
    Report {
        schema: SCHEMA.to_owned(),
        version: VERSION,
        command: "vellum report --quick".to_owned(),
        started: 1_709_208_000,
        seconds: 1.0,
        rounds: 31,
        sample_ns: 4_000_000,
        clock_step_ns: 30,
        environment: Environment::of_this_machine(&std::env::temp_dir()),
        experiments: vec![access, faults, calls, sizes, reentries],
        missing: vec!["commit to LMDB: token".to_owned()],
    }
}

#[test]
fn the_sentences_say_where_mapping_wins_and_where_it_loses() {
    let sentences = synthetic().sentences();
    assert_eq!(sentences.len(), 9);
    assert!(sentences[0].starts_with("Reading 8 bytes of mapped storage takes"), "{}", sentences[0]);
    assert!(
        sentences[1].contains("faster than slices in 1, slower in 1, and no difference is seen in 1"),
        "{}",
        sentences[1]
    );
    assert!(sentences[1].contains("gains most on scan (dry run)"), "{}", sentences[1]);
    let losses = &sentences[2];
    assert!(losses.contains("under soft on blob (commit to LMDB), 1."), "{losses}");
    assert!(losses.contains("under eager on blob (commit to LMDB)"), "{losses}");
    assert!(losses.contains("1 B (copy from storage)"), "{losses}");
    assert!(
        sentences[5].starts_with("A nested call takes 60") || sentences[5].starts_with("A nested call takes 59"),
        "{}",
        sentences[5]
    );
    assert!(sentences[7].starts_with("Re-entrancy is dearer under other pagers"), "{}", sentences[7]);
    assert!(sentences[8].contains("missed: warm counter dry run (missed by 25 %"), "{}", sentences[8]);
}

#[test]
fn a_report_without_losses_says_so_and_one_without_numbers_says_nothing() {
    let mut report = synthetic();
    for findings in &mut report.experiments {
        findings.groups.retain(|group| group.title == "scan");
        for arm in findings.groups.iter_mut().flat_map(|group| &mut group.arms) {
            arm.ratio = arm.ratio.filter(|ratio| ratio.value < 1.0);
        }
    }
    assert!(report.sentences().iter().any(|sentence| sentence.starts_with("Mapping loses in none")));
    report.experiments.clear();
    assert_eq!(report.sentences(), [""; 0]);
}

/// By hand, from the file alone: what a sceptical reader would do.
#[test]
fn medians_worked_out_from_the_data_are_those_of_the_page() {
    let directory = tempfile::tempdir().unwrap();
    let report = synthetic();
    report.write(directory.path()).unwrap();
    let data: Value = serde_json::from_slice(&fs::read(directory.path().join("data.json")).unwrap()).unwrap();
    let page = fs::read_to_string(directory.path().join("index.html")).unwrap();
    let mut compared = 0;
    for group in data["experiments"].as_array().unwrap().iter().flat_map(|e| e["groups"].as_array().unwrap()) {
        for arm in group["arms"].as_array().unwrap() {
            let mut samples: Vec<f64> =
                arm["samples_ns"].as_array().unwrap().iter().map(|sample| sample.as_f64().unwrap()).collect();
            samples.sort_by(|a, b| a.partial_cmp(b).unwrap());
            let median = samples[samples.len() / 2];
            assert!((median - arm["median_ns"].as_f64().unwrap()).abs() < 1e-9 * median);
            assert!(page.contains(&format!("<b>{}</b>", format::time(median))), "{median} of {arm}");
            compared += 1;
        }
    }
    assert_eq!(
        compared,
        report.experiments.iter().flat_map(|e| &e.groups).map(|group| group.arms.len()).sum::<usize>()
    );
}

#[test]
fn the_data_is_read_back_as_it_was() {
    let report = synthetic();
    let read: Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!((&read.command, read.missing.len()), (&report.command, 1));
    assert_eq!(read.sentences(), report.sentences());
}

#[test]
fn a_report_that_was_read_back_makes_the_same_page_to_the_byte() {
    let report = synthetic();
    let read = Report::from_json(report.json().unwrap().as_bytes()).unwrap();
    assert_eq!(read, report);
    assert!(read.html().unwrap() == report.html().unwrap());
}

/// Bytes changed, left out and doubled: refused, or read as what is there, but never a panic.
#[test]
fn damaged_data_is_refused_or_harmless() {
    let json = synthetic().json().unwrap().into_bytes();
    let mut random = fastrand::Rng::with_seed(7);
    let mut refused = 0;
    for _ in 0..60 {
        let mut damaged = json.clone();
        let at = random.usize(..damaged.len());
        match random.u32(..3) {
            0 => damaged[at] = random.u8(..),
            1 => damaged.truncate(at),
            _ => damaged[at] = b"0123456789-,"[random.usize(..12)],
        }
        match Report::from_json(&damaged) {
            Ok(report) => assert!(report.html().is_ok()),
            Err(said) => refused += u32::from(!said.is_empty()),
        }
    }
    assert!(refused > 30, "{refused}");
}

#[test]
fn numbers_that_are_not_those_of_the_samples_are_refused_by_their_place() {
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut data: Value = serde_json::from_str(&synthetic().json().unwrap()).unwrap();
        change(&mut data["experiments"][0]["groups"][0]["arms"][1]);
        Report::from_json(data.to_string().as_bytes()).unwrap_err()
    };
    let not_its_own =
        "in access: read, sequential, mapped, soft: median, interval, ratio or warnings are not those of its samples";
    let expected = not_its_own.replace("read,", &format!("{},", access::READ)).replace("mapped, soft", access::SOFT);
    assert_eq!(changed(&|arm| arm["median_ns"] = 3.0.into()), expected);
    assert_eq!(changed(&|arm| arm["ratio"]["interval"]["low"] = 0.1.into()), expected);
    assert_eq!(changed(&|arm| arm["samples_ns"][3] = 900.0.into()), expected);
    assert!(
        changed(&|arm| drop(arm["samples_ns"].as_array_mut().unwrap().pop())).ends_with("it should have 31 samples")
    );
}

#[test]
fn two_runs_side_by_side_show_what_differs_and_in_which_of_them_something_is_alone() {
    let first = synthetic();
    let mut second = first.clone();
    second.environment.kernel = "another".to_owned();
    second.experiments.retain(|findings| findings.name != "growth");
    let arm = &mut second.experiments[0].groups[0].arms[1];
    arm.samples_ns.iter_mut().for_each(|sample| *sample *= 1.5);
    arm.median_ns *= 1.5;
    arm.counts.insert("gas".to_owned(), 7);
    let compared = Comparison::new(("a.json", &first), ("b.json", &second));
    let differing: Vec<&Compared> =
        compared.rows.iter().filter(|row| row.verdict != Some(Verdict::NoDifference)).collect();
    assert_eq!(differing.len(), 1);
    let row = differing[0];
    assert_eq!(
        (row.title.as_str(), row.arm.as_str(), row.verdict),
        ("sequential", access::SOFT, Some(Verdict::Slower))
    );
    assert!((row.ratio.unwrap().value - 1.5).abs() < 1e-9);
    assert_eq!(row.counts, BTreeMap::from([("gas".to_owned(), [None, Some(7)])]));
    assert_eq!((compared.alone[0].len(), compared.alone[1].len()), (3, 0));
    assert_eq!(compared.environment.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["kernel"]);
    let text = compared.text();
    assert!(
        text.contains("slower; gas none -> 7") && text.contains("the second was faster in 0 and slower in 1"),
        "{text}"
    );
    let page = compared.html().unwrap();
    assert!(page.contains("in the ratios") && page.contains("none to 7") && !page.contains("src="));
    assert_eq!(page.matches("<svg").count(), 4);
}

#[test]
fn a_screen_reader_finds_its_way() {
    let page = synthetic().html().unwrap();
    let count = |text: &str| page.matches(text).count();
    assert_eq!((count("<header>"), count("<main "), count("<nav "), count("<h1>")), (1, 1, 1, 1));
    assert_eq!(count("<table"), count("<caption>"), "each table says what it shows");
    assert_eq!(count("<th "), count("scope=\"col\"") + count("scope=\"row\""), "each heading says of what");
    assert!(!page.contains("<th>") && !page.contains("></th>"), "no heading is empty");
    assert_eq!(count("<svg "), count("<svg role=\"img\""));
    assert_eq!(count("<svg "), count("<title>") - 1, "each plot says what it shows");
    assert_eq!(count("class=\"scroll\""), count("class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\""));
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("@media print"));
}

#[test]
fn the_data_within_the_page_is_the_data() {
    let report = synthetic();
    let page = report.html().unwrap();
    let (_, rest) = page.split_once("download=\"data.json\" href=\"data:application/json;charset=utf-8,").unwrap();
    let mut bytes = Vec::new();
    let mut encoded = rest.split('"').next().unwrap().bytes();
    while let Some(byte) = encoded.next() {
        let mut digits = || [encoded.next().unwrap(), encoded.next().unwrap()];
        bytes.push(if byte == b'%' {
            u8::from_str_radix(std::str::from_utf8(&digits()).unwrap(), 16).unwrap()
        } else {
            byte
        });
    }
    assert!(bytes == report.json().unwrap().into_bytes());
}

#[test]
fn the_page_is_whole_in_itself_and_says_what_is_missing() {
    let page = synthetic().html().unwrap();
    assert!(!page.contains("src=") && !page.contains("<link") && !page.contains("@import"));
    let addresses: Vec<&str> = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let inside = |address: &&str| match address.strip_prefix('#') {
        Some(id) => page.contains(&format!("id=\"{id}\"")),
        None => address.starts_with("data:"),
    };
    assert!(addresses.iter().all(inside), "{addresses:?}");
    assert!(page.contains("<li>commit to LMDB: token</li>"));
    assert!(page.contains("&lt;invented&gt; &amp; seeded"), "text of the data is escaped");
    assert_eq!(
        page.matches("<svg").count(),
        8,
        "three plots for reentry, two for access, one for each other experiment"
    );
    assert!(!page.contains("#0102") && !page.contains("#0103"), "a colour was left without its name");
}

#[test]
fn the_spreadsheet_has_a_line_of_as_many_fields_for_each_arm() {
    let report = synthetic();
    let csv = report.csv();
    let fields = |line: &str| {
        let quoted: Vec<&str> = line.split('"').collect();
        quoted.iter().step_by(2).map(|outside| outside.matches(',').count()).sum::<usize>()
    };
    let arms = report.experiments.iter().flat_map(|e| &e.groups).map(|group| group.arms.len()).sum::<usize>();
    assert_eq!(csv.lines().count(), 1 + arms);
    assert!(csv.lines().all(|line| fields(line) == 15), "{csv}");
}

#[test]
fn a_comparison_without_a_difference_is_called_so_in_the_table() {
    let page = synthetic().html().unwrap();
    assert!(page.contains("no difference seen"));
}

#[test]
fn numbers_are_written_with_three_digits_and_a_fitting_unit() {
    let cases = BTreeMap::from([
        ("0.723 ns", 0.723_4),
        ("12.0 ns", 12.0),
        ("999 ns", 999.0),
        ("1.00 µs", 1_000.0),
        ("45.6 ms", 45_600_000.0),
        ("2.00 s", 2e9),
    ]);
    for (text, ns) in cases {
        assert_eq!(format::time(ns), text);
    }
    assert_eq!(format::digits(12_345.0), "12345");
    assert_eq!(format::digits(f64::NAN), "-");
}

#[test]
fn dates_are_those_of_the_calendar() {
    assert_eq!(format::date(0), "1970-01-01 00:00 UTC");
    assert_eq!(format::date(951_782_400), "2000-02-29 00:00 UTC");
    assert_eq!(format::date(1_709_208_000), "2024-02-29 12:00 UTC");
    assert_eq!(format::date(1_735_689_599), "2024-12-31 23:59 UTC");
}

#[test]
fn the_environment_names_the_versions_that_matter() {
    let environment = Environment::of_this_machine(&std::env::temp_dir());
    assert_eq!(environment.crates.get("wasmtime").map(|version| version.split('.').next()), Some(Some("48")));
    assert_eq!(environment.version, env!("CARGO_PKG_VERSION"));
    assert!(environment.processors > 0);
}
