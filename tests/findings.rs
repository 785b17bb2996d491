//! `design/findings.md` and the README agree with the data of the run: each row of the tables of findings is looked up in the
//! data, and each measured number of the sentences in the tables.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use vellum::lab::Report;

const DATA: &str = "design/findings.data.json";

/// Compares the cells of a row with the data.
type Check = fn(&Value, &[&str]);

/// The headings of all tables, and the check of their rows.
const TABLES: [(&str, Check); 4] = [
    ("| experiment | table | row | arm | time | ratio to the base of its row |", times),
    ("| experiment | table | row | arm | counts |", counts),
    ("| experiment | counted | faster below | faster above | crossover |", crossovers),
    ("| workload | arm | start | execution | faults | diff | hashing | commit | receipt | other |", phases),
];

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A number with three significant digits.
fn digits(value: f64) -> String {
    let decimals = (2 - value.abs().max(f64::MIN_POSITIVE).log10().floor() as i32).clamp(0, 4) as usize;
    format!("{value:.decimals$}")
}

fn interval(interval: &Value) -> String {
    let [low, high] = ["low", "high"].map(|end| digits(interval[end].as_f64().unwrap()));
    format!("{low} to {high}")
}

fn time(ns: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    let (scale, unit) = units.into_iter().find(|(scale, _)| ns >= *scale).unwrap_or((1.0, "ns"));
    format!("{} {unit}", digits(ns / scale))
}

fn median(samples: &Value) -> f64 {
    let mut samples: Vec<f64> = samples.as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).collect();
    samples.sort_by(f64::total_cmp);
    let half = samples.len() / 2;
    if samples.len() % 2 == 1 { samples[half] } else { (samples[half - 1] + samples[half]) / 2.0 }
}

fn find<'a>(list: &'a Value, fields: &[(&str, &str)]) -> &'a Value {
    let is = |item: &&Value| fields.iter().all(|(field, value)| item[*field] == **value);
    list.as_array().and_then(|items| items.iter().find(is)).unwrap_or_else(|| panic!("the data has no {fields:?}"))
}

fn arm<'a>(data: &'a Value, row: &[&str]) -> &'a Value {
    let experiment = find(&data["experiments"], &[("name", row[0])]);
    let group = find(&experiment["groups"], &[("section", row[1]), ("title", row[2])]);
    find(&group["arms"], &[("name", row[3])])
}

fn times(data: &Value, row: &[&str]) {
    let arm = arm(data, row);
    let ratio = match &arm["ratio"] {
        Value::Null => "1".to_owned(),
        ratio => format!("{}x ({})", digits(ratio["value"].as_f64().unwrap()), interval(&ratio["interval"])),
    };
    assert_eq!(row[4..], [time(median(&arm["samples_ns"])), ratio], "{row:?}");
}

fn counts(data: &Value, row: &[&str]) {
    let counts = &arm(data, row)["counts"];
    for count in row[4].split(", ") {
        let (name, number) = count.rsplit_once(' ').unwrap();
        assert_eq!(counts[name].as_u64(), number.parse().ok(), "{row:?}");
    }
}

fn crossovers(data: &Value, row: &[&str]) {
    let experiment = find(&data["experiments"], &[("name", row[0])]);
    let crossing = find(&experiment["crossings"], &[("of", row[1]), ("below", row[2]), ("above", row[3])]);
    let expected = match &crossing["found"] {
        Value::Null => "none".to_owned(),
        found => format!("{} ({})", digits(found[0].as_f64().unwrap()), interval(&found[1])),
    };
    assert_eq!(row[4], expected, "{row:?}");
}

/// The shares of the phases in a commit to LMDB.
fn phases(data: &Value, row: &[&str]) {
    let split = &arm(data, &["call", "commit to LMDB", row[0], row[1]])["split"];
    let whole = median(&split["samples_ns"]);
    let shares = split["parts"].as_array().unwrap().iter().map(|part| {
        let share = 100.0 * median(&part["samples_ns"]) / whole;
        format!("{share:.0} %")
    });
    assert_eq!(row[2..], shares.collect::<Vec<_>>(), "{row:?}");
}

#[test]
fn every_row_of_the_findings_is_in_the_data() {
    let data: Value = serde_json::from_str(&file(DATA)).unwrap();
    let text = file("design/findings.md");
    let mut checked = 0;
    let mut check: Option<Check> = None;
    for line in text.lines() {
        let Some(cells) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) else {
            check = check.filter(|_| line.starts_with("|---"));
            continue;
        };
        match (check, TABLES.iter().find(|(head, _)| *head == line)) {
            (Some(check), None) => {
                check(&data, &cells.split(" | ").collect::<Vec<_>>());
                checked += 1;
            }
            (_, Some((_, new_check))) => check = Some(*new_check),
            (None, None) => panic!("{line:?} is in a table without a check"),
        }
    }
    assert!(checked > 100, "{checked} rows");
}

/// The measured numbers in a text: ratios, and times with their units.
fn numbers(text: &str) -> BTreeSet<String> {
    let words: Vec<&str> =
        text.split([' ', '\n', '|', '(', ')', ',', ';', ':']).filter(|word| !word.is_empty()).collect();
    let is_number = |word: &str| word.parse::<f64>().is_ok();
    let plain = words.iter().map(|word| word.trim_end_matches('.'));
    let ratios = plain.filter(|word| word.strip_suffix('x').is_some_and(is_number)).map(str::to_owned);
    let times = words.windows(2).filter_map(|pair| {
        let unit = pair[1].trim_end_matches('.');
        (is_number(pair[0]) && ["ns", "µs", "ms", "s"].contains(&unit)).then(|| format!("{} {unit}", pair[0]))
    });
    ratios.chain(times).collect()
}

#[test]
fn every_measured_number_in_the_sentences_of_the_findings_is_in_a_table() {
    let text = file("design/findings.md");
    let (tables, sentences): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with('|'));
    let (known, said) = (numbers(&tables.join("\n")), numbers(&sentences.join("\n")));
    assert!(said.len() > 20, "{said:?}");
    let unknown: Vec<_> = said.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?} is in no table");
}

/// The head of the README's table, and what each of its rows is in the data: experiment, table, row, arm of the host calls.
const OVERVIEW: &str = "| work | host calls | mapped storage | mapped / host calls |";
const ROWS: [(&str, [&str; 4]); 8] = [
    ("read 8 bytes", ["access", "8-byte read", "sequential", "slice to memory"]),
    ("write 8 bytes", ["access", "8-byte write", "sequential", "slice to memory"]),
    ("transaction: add to one counter", ["call", "dry run", "counter", "slices"]),
    ("transaction: one token transfer", ["call", "dry run", "token", "slices"]),
    ("transaction: read from 256 pages", ["call", "dry run", "scatter read", "slices"]),
    ("transaction: 100 keys in a B-tree", ["call", "dry run", "tree", "slices"]),
    ("transaction: copy 200 records", ["call", "dry run", "blob", "slices"]),
    ("transaction: read 1 MiB once", ["call", "dry run", "scan", "slices"]),
];
const MAPPED: &str = "mapped, soft";

/// The rows of the README's table of numbers.
fn overview() -> Vec<String> {
    let readme = file("README.md");
    let (_, table) = readme.split_once(&format!("{OVERVIEW}\n|---|---|---|---|\n")).unwrap();
    table.lines().take_while(|line| line.starts_with('|')).map(str::to_owned).collect()
}

#[test]
fn every_row_of_the_overview_in_the_readme_is_in_the_data() {
    let report = Report::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(DATA)).unwrap();
    let rows = ROWS.map(|(work, [experiment, section, title, host_calls])| {
        let group = report.findings(experiment).unwrap().group(section, title).unwrap();
        let [calls, mapped] = [host_calls, MAPPED].map(|arm| time(group.arm(arm).unwrap().median_ns));
        let ratio = group.ratio(MAPPED, host_calls).unwrap();
        let [low, value, high] = [ratio.interval.low, ratio.value, ratio.interval.high].map(digits);
        format!("| {work} | {calls} | {mapped} | {value}x ({low} to {high}) |")
    });
    assert_eq!(overview().join("\n"), rows.join("\n"));
}

#[test]
fn every_other_measured_number_in_the_readme_is_in_a_table_of_the_findings() {
    let findings = file("design/findings.md");
    let known = findings.lines().filter(|line| line.starts_with('|')).collect::<Vec<_>>().join("\n");
    let known = numbers(&(known + "\n" + &overview().join("\n")));
    let said = numbers(&file("README.md"));
    assert!(said.len() > 20, "{said:?}");
    let unknown: Vec<_> = said.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?} is in no table");
}
