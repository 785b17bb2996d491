//! Fuzzes the VM: runs a campaign, prints its summary, and saves a failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};
use vellum::failure::FailureKind;
use vellum::fuzzing::{Campaign, Finding, Summary, Target, check_host};
use vellum::paging::PagerKind;
use vellum::vm::{self, TransactionError};

use super::arguments::{Fuzz, any_seed};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::signals::Signals;
use crate::cli::table::Table;
use crate::cli::untrusted;

/// The time limit of a campaign without --time and --runs.
const DEFAULT_TIME: Duration = Duration::from_secs(10);

pub fn run(fuzz: Fuzz, context: &mut Context) -> Result<(), CliError> {
    let campaign = campaign(&fuzz)?;
    let signals = Signals::listen().map_err(CliError::Signals)?;
    check_host(campaign.target)?;
    let summary = campaign.run(&|| signals.received().is_some())?;
    let saved = match &summary.finding {
        Some(finding) => {
            // A failure for lack of something on the host is no finding.
            check_host(campaign.target)?;
            Some(save(&fuzz.out, &campaign, finding)?)
        }
        None => None,
    };
    let document = || Document::new(&campaign, &summary, saved.as_deref());
    let text = || to_text(&campaign, &summary, saved.as_deref());
    let found = saved.clone().map(|path| CliError::Found { path, kind: FailureKind::Host });
    match signals.received().map(CliError::Interrupted).or(found) {
        None => context.output.document(document, text),
        Some(error) => Err(context.output.failing(document, text, error)),
    }
}

fn campaign(fuzz: &Fuzz) -> Result<Campaign, CliError> {
    let mut pagers = Vec::new();
    for &pager in &fuzz.pagers {
        if let Err(reason) = pager.availability() {
            return Err(vm::Error::from(TransactionError::PagerUnavailable { pager, reason }).into());
        }
        if !pagers.contains(&pager) {
            pagers.push(pager);
        }
    }
    if pagers.is_empty() {
        pagers.extend(PagerKind::available());
    }
    let time = match (fuzz.time, fuzz.runs) {
        (None, None) => Some(DEFAULT_TIME),
        (time, _) => time,
    };
    // The parser of the command line accepts no other name.
    let target: Target = fuzz.target.parse().unwrap_or_default();
    Ok(Campaign { target, seed: fuzz.seed.unwrap_or_else(any_seed), pagers, runs: fuzz.runs, time })
}

/// Saves a finding to a file. Text also has the failure and the command that repeats the campaign, as comments.
fn save(directory: &Path, campaign: &Campaign, finding: &Finding) -> Result<PathBuf, CliError> {
    let (target, seed, number) = (campaign.target, campaign.seed, finding.number);
    let is_text = target.profile().is_some() || target == Target::Store;
    let extension = if target == Target::Store {
        "store"
    } else if is_text {
        "scenario"
    } else if finding.input.starts_with(b"\0asm") {
        "wasm"
    } else {
        "bytes"
    };
    let path = directory.join(format!("{}-{seed}-{number}.{extension}", target.name()));
    let mut content = Vec::new();
    if is_text {
        let first = finding.what.lines().next().unwrap_or_default();
        content.extend(format!("# {first}\n# {}\n", again(campaign)).into_bytes());
    }
    content.extend(&finding.input);
    let failed = |source| CliError::File { attempted: "writing", path: path.clone(), source };
    fs::create_dir_all(directory).and_then(|()| fs::write(&path, content)).map_err(failed)?;
    Ok(path)
}

/// Returns the command that runs the same scenarios.
fn again(campaign: &Campaign) -> String {
    let pagers: Vec<_> = campaign.pagers.iter().map(|pager| pager.name()).collect();
    let (target, seed) = (campaign.target.name(), campaign.seed);
    format!("vellum fuzz --target {target} --seed {seed} --pagers {}", pagers.join(","))
}

fn rate(summary: &Summary) -> f64 {
    summary.scenarios as f64 / summary.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
}

/// The summary as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    target: &'a str,
    seed: u64,
    pagers: Vec<&'a str>,
    scenarios: u64,
    seconds: f64,
    scenarios_per_second: f64,
    /// How often each situation was reached.
    reached: Map<String, Value>,
    found: Option<FindingDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct FindingDocument<'a> {
    number: u64,
    what: &'a str,
    /// True if it also fails without the scenarios before it.
    alone: bool,
    file: Option<String>,
}

impl<'a> Document<'a> {
    fn new(campaign: &'a Campaign, summary: &'a Summary, saved: Option<&Path>) -> Self {
        let found = |finding: &'a Finding| FindingDocument {
            number: finding.number,
            what: &finding.what,
            alone: finding.alone,
            file: saved.map(|path| path.display().to_string()),
        };
        Self {
            target: campaign.target.name(),
            seed: campaign.seed,
            pagers: campaign.pagers.iter().map(|pager| pager.name()).collect(),
            scenarios: summary.scenarios,
            seconds: summary.elapsed.as_secs_f64(),
            scenarios_per_second: rate(summary),
            reached: summary.reached.all().into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect(),
            found: summary.finding.as_ref().map(found),
        }
    }
}

fn to_text(campaign: &Campaign, summary: &Summary, saved: Option<&Path>) -> String {
    let pagers: Vec<_> = campaign.pagers.iter().map(|pager| pager.name()).collect();
    let (count, seconds) = (summary.scenarios, summary.elapsed.as_secs_f64());
    let mut table = Table::default()
        .row("target", campaign.target.name())
        .row("seed", campaign.seed)
        .row("pagers", pagers.join(", "))
        .row("scenarios", format_args!("{count} in {seconds:.1} s: {:.0} a second", rate(summary)));
    for (name, count) in summary.reached.all() {
        table = table.row("reached", format_args!("{count:>9} {}", name.replace('_', " ")));
    }
    match (&summary.finding, saved) {
        (Some(finding), Some(path)) => {
            let alone = if finding.alone { "" } else { " (only after the scenarios before it)" };
            table = table
                .text(&format!("found      scenario {}{alone}: {}\n", finding.number, untrusted::lines(&finding.what)))
                .row("saved", path.display())
                .row("again", again(campaign));
        }
        _ => table = table.row("found", "nothing"),
    }
    table.finish()
}
