mod data;
mod peers;

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use super::*;
use crate::lab::Settings;
use crate::lab::experiments::{ALL, Findings, Group, OTHER, Per, TimeSplit, access, call, fault, growth, reentry};
use crate::lab::measure::{Layings, Series};
use crate::receipt::Phase;

/// Samples within 5 % of a cost.
fn samples(name: &str, cost: f64, random: &mut fastrand::Rng) -> Series {
    let samples = (0..31).map(|_| cost * (0.95 + 0.1 * random.f64())).collect();
    Series { name: name.to_owned(), batch: 1_000_000, samples }
}

fn group(section: &str, title: &str, per: Per, base: &str, arms: &[(&str, f64)]) -> Group {
    let mut random = fastrand::Rng::with_seed(section.len() as u64 * 31 + title.len() as u64);
    let series = arms.iter().map(|(name, cost)| samples(name, *cost, &mut random)).collect();
    Group::new(section, title, per, base, series, Duration::from_nanos(30))
}

/// Divides the samples of each arm into phases of 1, 2, 3 … fortieths.
fn divide(group: &mut Group) {
    for arm in &mut group.arms {
        let samples_of = |phase: Phase| {
            let share = (1 + phase as usize) as f64 / 40.0;
            (phase.name().to_owned(), arm.samples_ns.iter().map(|sample| sample * share).collect())
        };
        let timed = arm.samples_ns.iter().map(|sample| sample * 1.02).collect();
        arm.split = Some(TimeSplit::new(&arm.samples_ns, timed, Phase::ALL.map(samples_of).into(), Layings::ONE));
    }
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

/// A report with invented numbers, in which mapping wins some rows and loses others.
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
    calls.groups.iter_mut().filter(|group| group.section == call::DISK).for_each(divide);
    calls.time_target("warm counter dry run", 8_000.0, (call::DRY, "counter"), call::SOFT);
    let touches = [(fault::SLICE, 20.0), (fault::SOFT, 30.0), (fault::EAGER, 400.0)];
    let faults = findings("fault", vec![group(fault::KEPT, fault::READ, Per::Page, fault::SLICE, &touches)]);
    let sizes = [(growth::NONE, 10_000.0), ("1 MiB", 10_010.0), ("256 MiB", 10_020.0)];
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
        planned_seconds: 1.0,
        taken: Vec::new(),
        rounds: 31,
        sample_ns: 4_000_000,
        clock_step_ns: 30,
        settings: Settings::quick(),
        environment: Environment::of_this_host(&std::env::temp_dir()),
        experiments: vec![access, faults, calls, sizes, reentries],
        peers: None,
        missing: vec!["commit to LMDB: token".to_owned()],
        unfinished: vec!["call".to_owned()],
    }
}

#[test]
fn the_sentences_say_where_mapping_wins_and_where_it_loses() {
    let sentences = synthetic().sentences();
    assert_eq!(sentences.len(), 9);
    assert!(sentences[0].starts_with("A read of 8 bytes from mapped storage under soft takes"), "{}", sentences[0]);
    assert!(sentences[1].contains("faster than slices in 1, slower in 1, and neither in 1"), "{}", sentences[1]);
    assert!(sentences[1].contains("gains most on scan (dry run)"), "{}", sentences[1]);
    let losses = &sentences[2];
    assert!(losses.contains("under soft on blob (commit to LMDB), 1."), "{losses}");
    assert!(losses.contains("under eager on blob (commit to LMDB)"), "{losses}");
    assert!(losses.contains("1 B (copy from storage)"), "{losses}");
    assert!(
        sentences[5].starts_with("A nested call under soft takes 60")
            || sentences[5].starts_with("A nested call under soft takes 59"),
        "{}",
        sentences[5]
    );
    assert!(sentences[7].starts_with("Nested calls are more expensive under other pagers"), "{}", sentences[7]);
    assert!(sentences[8].contains("The others: warm counter dry run (missed, 25 % above"), "{}", sentences[8]);
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
    assert!(report.sentences().iter().any(|sentence| sentence.starts_with("Mapping is slower than slices in none")));
    report.experiments.clear();
    assert_eq!(report.sentences(), [""; 0]);
}

#[test]
fn the_page_has_landmarks_headings_and_descriptions_for_screen_readers() {
    let page = synthetic().html().unwrap();
    let count = |text: &str| page.matches(text).count();
    assert_eq!((count("<header>"), count("<main "), count("<nav "), count("<h1>")), (1, 1, 1, 1));
    assert_eq!(count("<table"), count("<caption>"), "each table has a caption");
    assert_eq!(count("<th "), count("scope=\"col\"") + count("scope=\"row\""), "each heading has a scope");
    assert!(!page.contains("<th>") && !page.contains("></th>"), "no heading is empty");
    assert_eq!(count("<svg "), count("<svg role=\"img\""));
    assert_eq!(count("<svg "), count("<title>") - 1, "each plot has a description");
    assert_eq!(count("class=\"scroll\""), count("class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\""));
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("@media print"));
}

#[test]
fn the_page_needs_no_other_file_and_says_what_is_missing() {
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
        9,
        "three plots for reentry, two each for access and call, one for each other experiment"
    );
    assert!(!page.contains("#0102") && !page.contains("#0103"), "a placeholder colour remains");
}

#[test]
fn the_table_says_where_no_difference_is_seen() {
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
    let environment = Environment::of_this_host(&std::env::temp_dir());
    assert_eq!(environment.crates.get("wasmtime").map(|version| version.split('.').next()), Some(Some("48")));
    assert_eq!(environment.version, env!("CARGO_PKG_VERSION"));
    assert!(environment.processors > 0);
}

#[test]
fn the_phases_are_drawn_with_letters_and_listed_in_a_table() {
    let page = synthetic().html().unwrap();
    let (_, plot) = page.split_once("Shares of the phases of each transaction").unwrap();
    let plot = plot.split("</svg>").next().unwrap();
    for phase in Phase::ALL.map(Phase::name).into_iter().chain([OTHER]) {
        assert!(plot.contains(&format!("\n{phase}\n")), "{phase} is not in the legend of {plot}");
        assert!(page.contains(&format!("<th scope=\"col\">{phase}</th>")), "{phase}");
        let letter = phase[..1].to_uppercase();
        let written = plot.matches(&format!("\n{letter}\n")).count();
        assert_eq!(written, 3, "each of three bars has room for {letter}");
    }
    // The phases have 1 to 7 fortieths of the sample, and the whole is 1.02 times the sample.
    assert!(page.contains("2 %") && page.contains("31 %") && page.contains("1.02x"));
}

#[test]
fn the_overview_shows_accesses_and_transactions_in_the_colours_of_its_scheme() {
    let report = synthetic();
    let [light, dark] = [Scheme::Light, Scheme::Dark].map(|scheme| report.overview(scheme).unwrap());
    for (svg, paper) in [(&light, "#fff"), (&dark, "#15181c")] {
        assert!(svg.contains(&format!("height=\"100%\" fill=\"{paper}\"")), "{svg}");
        for text in ["One access of 8 bytes", "read, random", "One transaction", "read a large array", ">\n1x\n<"] {
            assert!(svg.contains(text), "{text:?} is not in\n{svg}");
        }
        for unresolved in ["var(", "stroke=\"none\"", "<polygon opacity=\"1\" fill=\"none\""] {
            assert!(!svg.contains(unresolved), "{unresolved:?} is in\n{svg}");
        }
    }
    assert_ne!(light, dark);
}

#[test]
fn an_overview_of_nothing_that_it_shows_is_refused() {
    let mut report = synthetic();
    report.experiments.retain(|findings| findings.name == "growth");
    let error = report.overview(Scheme::Light).unwrap_err();
    assert!(error.to_string().contains("neither access nor call"), "{error}");
}
