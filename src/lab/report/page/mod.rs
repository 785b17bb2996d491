//! The page: the results in sentences; plots, tables and method of each experiment; the environment; the raw data.

mod comparison;
mod document;
mod parts;
mod peers;
mod tables;

use maud::{Markup, html};

use super::format::{date, digits, time};
use super::plots::Figure;
use super::{PEERS, Report, Taken, plots, sentences};
use crate::lab::LabError;
use crate::lab::experiments::{Findings, Group, contracts};
use document::{document, plot};

pub fn render(report: &Report) -> Result<String, LabError> {
    let mut sections = Vec::new();
    for findings in &report.experiments {
        sections.push(experiment(report, findings, &plots::of(findings)?));
    }
    let header = html! {
        p.place { (date(report.started)) " · " (report.environment.processor) " · " (report.environment.kernel) }
        ul.sentences { @for sentence in sentences::all(report) { li { (sentence) } } }
        @if !report.missing.is_empty() { (missing(report)) }
    };
    let links = html! {
        @if has_targets(report) { a href="#targets" { "targets" } }
        @for findings in &report.experiments { a href={ "#" (findings.name) } { (findings.name) } }
        a href="#how" { "how numbers are measured" }
        a href="#environment" { "environment" }
        a href="#data" { "raw data" }
    };
    let body = html! {
        @if has_targets(report) { (tables::targets(report)) }
        @for section in sections { (section) }
        (how(report))
        (environment(report))
        (raw_data(report)?)
    };
    Ok(document(title(report), &header, &links, &body))
}

fn title(report: &Report) -> &str {
    match report.experiments.as_slice() {
        [only] if only.name == contracts::NAME => &only.question,
        _ => "Mapped contract storage against slices",
    }
}

fn has_targets(report: &Report) -> bool {
    report.experiments.iter().any(|findings| !findings.targets.is_empty())
}

fn missing(report: &Report) -> Markup {
    html! {
        div.missing role="note" {
            p { "Not measured, because the run was interrupted or because it needs a separate run:" }
            ul { @for missing in &report.missing { li { (missing) } } }
        }
    }
}

fn experiment(report: &Report, findings: &Findings, figures: &[Figure]) -> Markup {
    let mut grouped: Vec<Vec<&Group>> = Vec::new();
    for group in &findings.groups {
        match grouped.iter_mut().find(|table| table[0].section == group.section) {
            Some(table) => table.push(group),
            None => grouped.push(vec![group]),
        }
    }
    let peers = report.peers.as_ref().filter(|_| findings.name == PEERS);
    html! {
        section id=(findings.name) aria-labelledby={ (findings.name) "-title" } {
            h2 id={ (findings.name) "-title" } { (findings.question) }
            @for figure in figures {
                (plot(&findings.name, figure))
            }
            p.timed { (findings.timed) }
            @match peers {
                Some(run) => { (peers::tables(report, findings, run)) }
                None => { @for groups in &grouped { (tables::table(groups)) } }
            }
            (parts::table(findings))
            @if !findings.crossings.is_empty() { (tables::crossings(&findings.crossings)) }
            @if !grouped.is_empty() { (tables::details(findings)) }
            h3 { "Method" }
            @for sentence in &findings.method { p.method { (sentence) } }
        }
    }
}

fn how(report: &Report) -> Markup {
    let sample = time(report.sample_ns as f64);
    let layings = match report.settings.layings {
        1 => "There is one laying: one set-up of all arms. The 95 % intervals (jackknife over blocks of consecutive rounds, Student's t) describe the uncertainty within this run. Another run has its arms at other memory addresses, and may differ by more.".to_owned(),
        layings => format!("There are {layings} layings: set-ups of all arms at fresh memory addresses, each with a part of the rounds. The experiment growth and the peers have one laying. The 95 % intervals (Student's t over the layings) hold for further layings, in this run or in another run on the same host. With one laying, they hold for that laying only."),
    };
    html! {
        section id="how" aria-labelledby="how-title" {
            h2 id="how-title" { "How numbers are measured" }
            p { "The arms of a row are sampled in one process, interleaved: in each of " (report.rounds) " rounds (or as many as the table shows) every arm is sampled once, in random order. " (layings) " A sample is the time of a batch of calls. The batch is sized before the first round, so that it takes about " (sample) ". The step of the clock is " (report.clock_step_ns) " ns." }
            p { "A time is the median of its samples. A ratio is the median of the quotients of the rounds, in which a slow spell of the host cancels out; with several layings it is the geometric mean of their medians. If the interval contains 1, the table says that no difference is seen. No sample is removed. “!” marks an arm whose samples are noisy, or short against the step of the clock. The details of the arm name the warning, and the number of outliers." }
            details { summary { "Settings" } p { code { (settings(report)) } } }
            @if report.findings(contracts::NAME).is_some() {
                p { "The two contracts are checked against each other: the answers of calls, and every page of storage. A difference ends the run without a report." }
            } @else {
                p { "The result and the state root of calls are checked against a native model in Rust. A wrong answer ends the run without a report." }
            }
        }
    }
}

/// The settings as a file for `--config`.
fn settings(report: &Report) -> String {
    serde_json::to_string(&report.settings).unwrap_or_default()
}

fn environment(report: &Report) -> Markup {
    html! {
        section id="environment" aria-labelledby="environment-title" {
            h2 id="environment-title" { "Environment" }
            div.scroll tabindex="0" role="region" aria-label="Environment" {
                table.environment { caption { "the host and the program" } tbody {
                    @for (name, value) in report.environment.rows() { tr { th scope="row" { (name) } td.words { (value) } } }
                    tr { th scope="row" { "duration" } td.words { (digits(report.seconds)) " s (planned: " (digits(report.planned_seconds)) " s)" } }
                    @if !report.taken.is_empty() { tr { th scope="row" { "of each experiment" } td.words { (taken(report)) } } }
                    tr { th scope="row" { "to repeat" } td.words { code { (report.command) } } }
                } }
            }
        }
    }
}

/// The duration of each experiment.
fn taken(report: &Report) -> String {
    let one = |taken: &Taken| {
        format!("{} {} s (planned: {})", taken.experiment, digits(taken.seconds), digits(taken.planned_seconds))
    };
    report.taken.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The data, embedded in the page.
fn raw_data(report: &Report) -> Result<Markup, LabError> {
    let (json, csv) = (report.json()?, report.csv());
    Ok(html! {
        section id="data" aria-labelledby="data-title" {
            h2 id="data-title" { "Raw data" }
            p { "Both files are embedded in this page:" }
            ul {
                li { a download="data.json" href=(embedded("application/json", &json)) { "data.json" } " has every sample; " code { "vellum report --from data.json" } " makes this page again" }
                li { a download="summary.csv" href=(embedded("text/csv", &csv)) { "summary.csv" } " has a line for each arm" }
            }
        }
    })
}

/// A file as a data URL.
fn embedded(kind: &str, contents: &str) -> String {
    let mut address = format!("data:{kind};charset=utf-8,");
    for byte in contents.bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b',' | b'.' | b':' | b'-' | b'_' | b'[' | b']' => {
                address.push(byte.into())
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}
