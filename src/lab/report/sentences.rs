//! The results in sentences: where mapping wins, and where it loses.

use super::format::{digits, ratio, time};
use super::plots::arm_names;
use super::{PEERS, Report, faults, limits, reentry};
use crate::lab::experiments::{Findings, Group, Target, access, call, contracts, growth};
use crate::lab::measure::{Ratio, Verdict};

/// The sentences that the results support.
pub fn all(report: &Report) -> Vec<String> {
    let sentences = [
        report.findings("access").and_then(accesses),
        report.findings("call").and_then(|findings| transactions(findings, call::SOFT)),
        losses(report),
        report.findings("call").and_then(limits::windows),
        report.findings("fault").and_then(faults::fastest),
        report.findings("fault").and_then(faults::pager_crossovers),
        report.findings("growth").and_then(storage_size),
        report.findings("growth").and_then(limits::changed),
        report.findings("reentry").and_then(reentry::cost),
        report.findings("reentry").and_then(reentry::undo),
        report.findings("reentry").and_then(reentry::expensive_pagers),
        report.findings("durability").and_then(limits::durable),
        report.findings("floor").and_then(limits::from_floor),
        report.findings("programs").and_then(limits::compiled),
    ];
    let peers = report.findings(PEERS).and_then(peers);
    let pair = report.findings(contracts::NAME).map(pair).unwrap_or_default();
    let crossovers = report.findings("crossover").map(faults::slice_crossovers).unwrap_or_default();
    let mut all: Vec<String> = pair.into_iter().chain(sentences.into_iter().flatten()).collect();
    all.extend(crossovers);
    all.extend(peers);
    all.extend(targets(report));
    all
}

fn accesses(findings: &Findings) -> Option<String> {
    let group = findings.group(access::READ, "sequential")?;
    let (mapped, own) = (group.arm(access::SOFT)?, group.ratio(access::SOFT, access::OWN)?);
    let slice = group.ratio(access::SLICE, access::SOFT)?;
    let written = findings.group(access::WRITE, "sequential")?.ratio(access::SLICE, access::SOFT)?;
    Some(format!(
        "A read of 8 bytes from mapped storage under soft takes {}: {} the time of a read from own memory. A read by slice takes {} the time of the mapped read, and a write by slice {} the time of the mapped write.",
        time(mapped.median_ns),
        ratio(&own),
        ratio(&slice),
        ratio(&written),
    ))
}

/// The rows of an experiment in which an arm has a verdict against the base, the most extreme row first.
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

/// The results of a pair of contracts: one sentence for each arm.
fn pair(findings: &Findings) -> Vec<String> {
    let Some(base) = findings.groups.first().map(|group| &group.base) else { return Vec::new() };
    let clause = |arm: String| {
        let of = |verdict| rows(findings, &arm, verdict);
        let (faster, slower, even) = (of(Verdict::Faster), of(Verdict::Slower), of(Verdict::NoDifference).len());
        let total = faster.len() + slower.len() + even;
        let mut text = format!(
            "In {total} comparisons with {base}, {} is faster in {}, slower in {}, and neither in {even}",
            arm.replace(", ", " under "),
            faster.len(),
            slower.len(),
        );
        for (word, rows) in [("gains", &faster), ("loses", &slower)] {
            if let Some((group, found)) = rows.first() {
                text += &format!("; it {word} most on {}: {} the time", name(group), ratio(found));
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
        "In {total} comparisons of whole transactions, mapping under soft is faster than slices in {}, slower in {}, and neither in {even}",
        faster.len(),
        slower.len(),
    );
    if let Some((group, found)) = faster.first() {
        text += &format!("; it gains most on {}: {} the time of slices", name(group), ratio(found));
    }
    (total > 0).then(|| text + ".")
}

/// A transfer in vellum and in other systems, from the last table, which has the state on disk.
fn peers(findings: &Findings) -> Option<String> {
    let group = findings.groups.iter().rfind(|group| group.title == "token")?;
    let base = group.arm(&group.base)?;
    let others = group.arms.iter().filter_map(|arm| Some(format!("{} {}", arm.name, ratio(arm.ratio.as_ref()?))));
    let others: Vec<String> = others.collect();
    (!others.is_empty()).then(|| {
        format!(
            "A transfer of token ({}) takes {} in {}, with the state root. As multiples of that time: {}. The systems differ in what they hash, meter and keep; the table shows how.",
            group.section,
            time(base.median_ns),
            base.name,
            others.join(", "),
        )
    })
}

/// The other workloads on which an arm is slower, worst first.
fn also_slower(rows: &[(&Group, Ratio)]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (group, _) in rows {
        if !names.contains(&group.title.as_str()) {
            names.push(&group.title);
        }
    }
    match names.get(1..).unwrap_or_default() {
        [] => String::new(),
        others => format!(" (also slower: {})", others.join(", ")),
    }
}

/// The worst rows of mapping. A report never leaves them out.
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
        let others = if experiment == "call" { also_slower(&slower) } else { String::new() };
        parts
            .extend(worst.map(|(row, found)| format!("{with} on {row}, {} the time of slices{others}", ratio(&found))));
    }
    match parts.as_slice() {
        [] if report.findings("call").is_none() => None,
        [] => Some(
            "Mapping is slower than slices in none of the measured cases, not even in those built to make it lose."
                .to_owned(),
        ),
        parts => Some(format!("Mapping is slower than slices: {}.", parts.join("; "))),
    }
}

/// The worst bulk copy. The base of those rows is own memory, so the ratio to slices is computed here.
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
        "Under soft, a small call beside {} of other storage takes {} the time of the same call without other storage",
        most.name,
        ratio(&found)
    );
    if let Some((size, found)) = eager {
        text += &format!("; under eager, which copies all storage, {}x beside {size}", digits(found.value));
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
        missed => format!("{met} of {} targets are met. The others: {}.", targets.len(), missed.join("; ")),
    };
    (!targets.is_empty()).then_some(text)
}

/// The verdict on a target, with the distance to its limit.
pub fn verdict(target: &Target) -> String {
    let percent = (target.found / target.limit - 1.0) * 100.0;
    let open = if target.uncertain() { ", but the interval contains the limit" } else { "" };
    if target.met() {
        format!("met, {:.0} % below the limit{open}", -percent)
    } else {
        format!("missed, {percent:.0} % above the limit{open}")
    }
}
