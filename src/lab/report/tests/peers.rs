//! Peers, joined to a report.

use serde_json::Value;

use super::*;
use crate::lab::experiments::{Crossing, Findings};

const MAPPED: &str = "vellum, mapped";
const OTHER: &str = "another & <faster>";

fn run_of(arms: &[&str]) -> PeersRun {
    let peer = |name: &&str| Peer {
        name: (*name).to_owned(),
        version: "another 1.2.3".to_owned(),
        state: "a key".to_owned(),
        commitment: format!("no root of {name}"),
        durability: format!("lost with {name}"),
        metering: "none".to_owned(),
        setup: "as it says itself".to_owned(),
    };
    PeersRun {
        command: "cargo run -- --quick".to_owned(),
        started: 1_709_208_060,
        seconds: 9.0,
        rounds: 31,
        sample_ns: 4_000_000,
        // Not that of the report: warnings about the clock depend on it.
        clock_step_ns: 50_000_000,
        environment: Environment { kernel: "a kernel of its own".to_owned(), ..synthetic().environment },
        peers: arms.iter().map(peer).collect(),
        missing: vec!["a third (does not build)".to_owned()],
    }
}

fn invented_peers() -> Peers {
    let mut random = fastrand::Rng::with_seed(3);
    let mut group = |title| {
        let series = [(MAPPED, 20_000.0), (OTHER, 5_000.0)].map(|(name, cost)| samples(name, cost, &mut random));
        let step = Duration::from_millis(50);
        Group::new("state on disk", title, Per::Transaction, MAPPED, series.to_vec(), step)
    };
    let groups = vec![group("counter"), group("token")];
    let findings = Findings {
        name: PEERS.to_owned(),
        question: PEERS_QUESTION.to_owned(),
        timed: "Inside the time: made up.".to_owned(),
        method: vec!["Invented.".to_owned()],
        groups,
        crossings: Vec::<Crossing>::new(),
        targets: Vec::new(),
    };
    Peers { schema: PEERS_SCHEMA.to_owned(), version: PEERS_VERSION, run: run_of(&[MAPPED, OTHER]), findings }
}

fn joined() -> Report {
    let mut report = synthetic();
    report.without_peers();
    let written = serde_json::to_string(&invented_peers()).unwrap();
    report.join(Peers::from_json(written.as_bytes()).unwrap());
    report
}

#[test]
fn a_report_says_how_to_measure_peers_or_which_of_them_are_missing() {
    let mut report = synthetic();
    report.without_peers();
    assert!(
        report.summary().contains("not measured: peers: ") && report.summary().contains("benches/peers/Cargo.toml")
    );
    let joined = joined();
    assert_eq!(joined.missing, ["commit to LMDB: token", "peers: a third (does not build)"]);
    assert!(joined.html().unwrap().contains("<li>peers: a third (does not build)</li>"));
}

#[test]
fn the_row_of_each_system_shows_its_commitment_and_durability() {
    let report = joined();
    let page = report.html().unwrap();
    let section = page.split("id=\"peers\"").nth(1).unwrap();
    for arm in &report.findings(PEERS).unwrap().groups[0].arms {
        let name = arm.name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let row =
            section.split(&format!("<th scope=\"row\">{name}<br>")).nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(row.contains(&format!("no root of {name}")) && row.contains(&format!("lost with {name}")), "{row}");
        assert!(row.contains(&format!("<b>{}</b>", format::time(arm.median_ns))), "{row}");
    }
    assert!(section.contains("kernel: a kernel of its own") && section.contains("cargo run -- --quick"));
    assert_eq!(section.matches("<svg").count(), 1);
    let sentence = report.sentences().into_iter().find(|sentence| sentence.starts_with("A transfer of token")).unwrap();
    assert!(sentence.contains("As multiples of that time: another & <faster> 0.2"), "{sentence}");
}

#[test]
fn a_joined_report_is_read_back_and_joining_again_replaces_the_peers() {
    let mut report = joined();
    let read = Report::from_json(report.json().unwrap().as_bytes()).unwrap();
    assert_eq!(read, report);
    assert!(read.html().unwrap() == report.html().unwrap());
    report.join(invented_peers());
    assert_eq!(read, report);
}

#[test]
fn an_invalid_file_of_peers_is_refused() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut data = serde_json::to_value(invented_peers()).unwrap();
        change(&mut data);
        Peers::from_json(data.to_string().as_bytes()).unwrap_err()
    };
    assert!(refused(&|data| data["schema"] = "vellum-lab-report".into()).contains("should be \"vellum-lab-peers\""));
    assert!(refused(&|data| data["version"] = 3.into()).contains("should be 2 or 1, but it is 3"));
    assert!(refused(&|data| data["findings"]["name"] = "call".into()).contains("but are of \"call\""));
    assert!(
        refused(&|data| data["findings"]["groups"][0]["arms"][1]["median_ns"] = 1.0.into())
            .contains("median, interval, ratio or warnings do not follow from its samples")
    );
    assert!(
        refused(&|data| drop(data["run"]["peers"].as_array_mut().unwrap().pop()))
            .contains("the arm \"another & <faster>\" has no description")
    );
    let mut report = serde_json::to_value(joined()).unwrap();
    report.as_object_mut().unwrap().remove("peers");
    let said = Report::from_json(report.to_string().as_bytes()).unwrap_err();
    assert_eq!(said, "it has results of peers, but not their run");
}
