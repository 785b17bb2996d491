//! The data of a report: read back, damaged, compared.

use std::fs;

use serde_json::Value;

use super::*;
use crate::lab::measure::Verdict;

/// Computed from the file alone, as a sceptical reader would do.
#[test]
fn the_page_has_the_medians_of_the_samples_in_the_data() {
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
fn a_report_that_was_read_back_makes_the_same_page() {
    let report = synthetic();
    let read = Report::from_json(report.json().unwrap().as_bytes()).unwrap();
    assert_eq!(read, report);
    assert!(read.html().unwrap() == report.html().unwrap());
}

/// Data with changed or missing bytes is refused or accepted, but never causes a panic.
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
fn statistics_that_do_not_follow_from_the_samples_are_refused_by_name() {
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut data: Value = serde_json::from_str(&synthetic().json().unwrap()).unwrap();
        change(&mut data["experiments"][0]["groups"][0]["arms"][1]);
        Report::from_json(data.to_string().as_bytes()).unwrap_err()
    };
    let expected = format!(
        "in access: {}, sequential, {}: median, interval, ratio or warnings do not follow from its samples",
        access::READ,
        access::SOFT
    );
    assert_eq!(changed(&|arm| arm["median_ns"] = 3.0.into()), expected);
    assert_eq!(changed(&|arm| arm["ratio"]["interval"]["low"] = 0.1.into()), expected);
    assert_eq!(changed(&|arm| arm["samples_ns"][3] = 900.0.into()), expected);
    assert!(
        changed(&|arm| drop(arm["samples_ns"].as_array_mut().unwrap().pop())).ends_with("it should have 31 samples")
    );
}

/// The earlier version has another method of intervals: they are recomputed, and the other statistics are checked.
#[test]
fn the_intervals_of_the_earlier_version_are_recomputed() {
    let report = synthetic();
    let mut data: Value = serde_json::from_str(&report.json().unwrap()).unwrap();
    data["version"] = 2.into();
    data["settings"].as_object_mut().unwrap().remove("layings");
    for group in
        data["experiments"].as_array_mut().unwrap().iter_mut().flat_map(|e| e["groups"].as_array_mut().unwrap())
    {
        group.as_object_mut().unwrap().remove("layings");
        for arm in group["arms"].as_array_mut().unwrap() {
            arm["interval_ns"]["low"] = 0.5.into();
        }
    }
    let read = Report::from_json(data.to_string().as_bytes()).unwrap();
    let groups = |report: &Report| report.experiments.iter().flat_map(|e| e.groups.clone()).collect::<Vec<_>>();
    assert_eq!((read.version, read.settings.layings), (VERSION, 1));
    assert_eq!(groups(&read), groups(&report));
    data["experiments"][0]["groups"][0]["arms"][1]["median_ns"] = 3.0.into();
    let refused = Report::from_json(data.to_string().as_bytes()).unwrap_err();
    assert!(refused.contains("do not follow from its samples"), "{refused}");
}

/// The samples must be divisible by the number of layings.
#[test]
fn an_impossible_number_of_layings_is_refused() {
    let report = synthetic();
    for layings in [0, 2, 4_000_000_000_u32] {
        let mut data: Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        data["experiments"][0]["groups"][0]["layings"] = layings.into();
        let refused = Report::from_json(data.to_string().as_bytes()).unwrap_err();
        assert!(refused.contains(&format!("31 samples cannot be those of {layings} layings")), "{refused}");
    }
}

#[test]
fn a_comparison_of_two_runs_shows_what_differs_and_what_only_one_run_has() {
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
        text.contains("slower; gas none -> 7")
            && text.contains("the second run is faster in 0, slower in 1, and neither in"),
        "{text}"
    );
    let page = compared.html().unwrap();
    assert!(page.contains("in these ratios") && page.contains("none to 7") && !page.contains("src="));
    assert_eq!(page.matches("<svg").count(), 4);
}

#[test]
fn the_page_embeds_the_data_unchanged() {
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
fn the_spreadsheet_has_a_line_with_all_fields_for_each_arm() {
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
fn phases_that_do_not_follow_from_their_samples_are_refused() {
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut data: Value = serde_json::from_str(&synthetic().json().unwrap()).unwrap();
        change(&mut data["experiments"][2]["groups"][2]["arms"][1]["split"]);
        Report::from_json(data.to_string().as_bytes()).map(|_| ())
    };
    assert_eq!(changed(&|_| ()), Ok(()));
    let refused =
        Err("in call: commit to LMDB, blob, mapped, soft: the phases of its time do not follow from their samples");
    let refused = refused.map_err(str::to_owned);
    assert_eq!(changed(&|split| split["median_ns"] = 3.0.into()), refused);
    assert_eq!(changed(&|split| split["parts"][1]["samples_ns"][4] = 3.0.into()), refused);
    assert_eq!(changed(&|split| drop(split["parts"].as_array_mut().unwrap().pop())), refused);
    assert_eq!(changed(&|split| split["overhead"]["value"] = 1.0.into()), refused);
}
