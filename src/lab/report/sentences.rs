//! What the numbers say, in words: where mapping wins, and where it loses.

use super::format::{digits, ratio, time};
use super::plots::arm_names;
use super::{Report, faults, limits, reentry};
use crate::lab::experiments::{Findings, Group, Target, access, call, contracts, growth};
use crate::lab::measure::{Ratio, Verdict};

/// The sentences that the numbers support, fewer if less was measured.
pub fn all(report: &Report) -> Vec<String> {
    let sentences = [
        report.findings("access").and_then(accesses),
        report.findings("call").and_then(|findings| transactions(findings, call::SOFT)),
        losses(report),
        report.findings("call").and_then(limits::windows),
        report.findings("fault").and_then(faults::fastest),
        report.findings("fault").and_then(faults::break_even),
        report.findings("growth").and_then(storage_size),
        report.findings("growth").and_then(limits::changed),
        report.findings("reentry").and_then(reentry::cost),
        report.findings("reentry").and_then(reentry::undo),
        report.findings("reentry").and_then(reentry::dear),
        report.findings("durability").and_then(limits::durable),
        report.findings("floor").and_then(limits::from_floor),
    ];
    let pair = report.findings(contracts::NAME).map(pair).unwrap_or_default();
    let crossover = report.findings("crossover").map(faults::crossover).unwrap_or_default();
    let mut all: Vec<String> = pair.into_iter().chain(sentences.into_iter().flatten()).collect();
    all.extend(crossover);
    all.extend(targets(report));
    all
}

fn accesses(findings: &Findings) -> Option<String> {
    let group = findings.group(access::READ, "sequential")?;
    let (mapped, own) = (group.arm(access::SOFT)?, group.ratio(access::SOFT, access::OWN)?);
    let slice = group.ratio(access::SLICE, access::SOFT)?;
    let written = findings.group(access::WRITE, "sequential")?.ratio(access::SLICE, access::SOFT)?;
    Some(format!(
        "Reading 8 bytes of mapped storage takes {} under soft, {} the time of the contract's own memory; as a slice it takes {} the time of the mapped read, and a write as a slice {} the time of the mapped write.",
        time(mapped.median_ns),
        ratio(&own),
        ratio(&slice),
        ratio(&written),
    ))
}

/// Rows of an experiment by what an arm is against the base, the most extreme first.
fn rows<'a>(findings: &'a Findings, arm: &str, verdict: Verdict) -> Vec<(&'a Group, Ratio)> {
    let found =
        |group: &'a Group| Some((group, group.arm(arm)?.ratio?)).filter(|(_, ratio)| ratio.verdict() == verdict);
    let mut rows: Vec<_> = findings.groups.iter().filter_map(found).collect();
    rows.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
    if verdict == Verdict::Slower {
        rows.reverse();
    }
    rows
}

fn name(group: &Group) -> String {
    format!("{} ({})", group.title, group.section)
}

/// What each arm is against the one that it is compared with.
fn pair(findings: &Findings) -> Vec<String> {
    let Some(base) = findings.groups.first().map(|group| &group.base) else { return Vec::new() };
    let clause = |arm: String| {
        let of = |verdict| rows(findings, &arm, verdict);
        let (faster, slower, even) = (of(Verdict::Faster), of(Verdict::Slower), of(Verdict::NoDifference).len());
        let total = faster.len() + slower.len() + even;
        let mut text = format!(
            "Of {total} comparisons with {base}, {} is faster in {}, slower in {}, and no difference is seen in {even}",
            arm.replace(", ", " under "),
            faster.len(),
            slower.len(),
        );
        for (word, rows) in [("gains", &faster), ("loses", &slower)] {
            if let Some((group, found)) = rows.first() {
                text += &format!("; it {word} most on {}, {} the time", name(group), ratio(found));
            }
        }
        (total > 0).then(|| text + ".")
    };
    let arms = arm_names(findings.groups.iter()).into_iter().filter(|arm| arm != base);
    arms.filter_map(clause).collect()
}

fn transactions(findings: &Findings, arm: &str) -> Option<String> {
    let (faster, slower) = (rows(findings, arm, Verdict::Faster), rows(findings, arm, Verdict::Slower));
    let even = rows(findings, arm, Verdict::NoDifference).len();
    let total = faster.len() + slower.len() + even;
    let mut text = format!(
        "Of {total} comparisons of whole transactions under soft, mapping is faster than slices in {}, slower in {}, and no difference is seen in {even}",
        faster.len(),
        slower.len(),
    );
    if let Some((group, found)) = faster.first() {
        text += &format!("; it gains most on {}, {} the time of slices", name(group), ratio(found));
    }
    (total > 0).then(|| text + ".")
}

/// The other workloads that an arm was slower on, worst first.
fn also(rows: &[(&Group, Ratio)]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (group, _) in rows {
        if !names.contains(&group.title.as_str()) {
            names.push(&group.title);
        }
    }
    match names.get(1..).unwrap_or_default() {
        [] => String::new(),
        others => format!(" (slower too: {})", others.join(", ")),
    }
}

/// The worst rows of all, each with its number: never left out.
fn losses(report: &Report) -> Option<String> {
    let mut parts = Vec::new();
    for (experiment, arm) in [("call", call::SOFT), ("call", call::EAGER), ("access", "copies"), ("fault", call::SOFT)]
    {
        let Some(findings) = report.findings(experiment) else { continue };
        let slower = rows(findings, arm, Verdict::Slower);
        let worst = match arm {
            "copies" => worst_copy(findings),
            _ => slower.first().map(|(group, found)| (name(group), *found)),
        };
        let with = if arm == call::EAGER { "under eager" } else { "under soft" };
        let others = if experiment == "call" { also(&slower) } else { String::new() };
        parts
            .extend(worst.map(|(row, found)| format!("{with} on {row}, {} the time of slices{others}", ratio(&found))));
    }
    match parts.as_slice() {
        [] if report.findings("call").is_none() => None,
        [] => Some("Mapping loses in none of the cases measured, those built to make it lose included.".to_owned()),
        parts => Some(format!("Mapping loses {}.", parts.join("; "))),
    }
}

/// Bulk copies are compared with own memory; here against slices.
fn worst_copy(findings: &Findings) -> Option<(String, Ratio)> {
    let copies = findings.groups.iter().filter(|group| [access::COPY_IN, access::COPY_OUT].contains(&&*group.section));
    let against = copies.filter_map(|group| Some((name(group), group.ratio(access::SOFT, access::SLICE)?)));
    let slower = against.filter(|(_, ratio)| ratio.verdict() == Verdict::Slower);
    slower.max_by(|a, b| a.1.value.total_cmp(&b.1.value))
}

fn storage_size(findings: &Findings) -> Option<String> {
    let most = findings.group(growth::SECTION, growth::SOFT)?.arms.last()?;
    let found = most.ratio?;
    let eager = findings
        .group(growth::SECTION, "mapped, eager")
        .and_then(|group| group.arms.last())
        .and_then(|arm| Some((arm.name.clone(), arm.ratio?)));
    let mut text = format!(
        "Beside {} of other storage a small call takes {} the time that it takes beside none under soft",
        most.name,
        ratio(&found)
    );
    if let Some((size, found)) = eager {
        text += &format!("; under eager, which copies all of it, {}x beside {size}", digits(found.value));
    }
    Some(text + ".")
}

fn targets(report: &Report) -> Option<String> {
    let targets: Vec<&Target> = report.experiments.iter().flat_map(|findings| &findings.targets).collect();
    let missed: Vec<String> = targets
        .iter()
        .filter(|target| !target.met())
        .map(|target| format!("{} ({})", target.claim, verdict(target)))
        .collect();
    let met = targets.len() - missed.len();
    let text = match missed.as_slice() {
        [] => format!("All {met} targets are met."),
        missed => format!("Of {} targets {met} are met; missed: {}.", targets.len(), missed.join(", ")),
    };
    (!targets.is_empty()).then_some(text)
}

/// Whether a target is met and by how much.
pub fn verdict(target: &Target) -> String {
    let share = (target.found / target.limit - 1.0) * 100.0;
    let open = if target.uncertain() { ", within the uncertainty" } else { "" };
    match target.met() {
        true => format!("met, {:.0} % below{open}", -share),
        false => format!("missed by {share:.0} %{open}"),
    }
}
