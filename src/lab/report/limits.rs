//! Results in words: windows, growth, durability, the floor and compiled programs.

use super::format::{digits, ratio};
use crate::lab::experiments::{Findings, Group, call, durability, floor, growth, programs};
use crate::lab::measure::{Ratio, Verdict};

/// The cost of windows, compared with slices and with mapping.
pub fn windows(findings: &Findings) -> Option<String> {
    let with = findings.groups.iter().filter(|group| group.arm(call::WINDOW).is_some());
    let compared: Vec<(&Group, Ratio, Ratio)> = with
        .filter_map(|group| {
            let slices = group.ratio(call::WINDOW, call::SLICES)?;
            Some((group, slices, group.ratio(call::WINDOW, call::SOFT)?))
        })
        .collect();
    let slower = |of: fn(&(&Group, Ratio, Ratio)) -> Ratio| {
        compared.iter().filter(|row| of(row).verdict() == Verdict::Slower).count()
    };
    let (worst, _, most) = compared.iter().max_by(|a, b| a.2.value.total_cmp(&b.2.value))?;
    Some(format!(
        "In {} comparisons, a window (ewasm.storageMap) is slower than slices in {} and slower than mapping under soft in {}. Its worst row against mapping is {} ({}): {} the time.",
        compared.len(),
        slower(|row| row.1),
        slower(|row| row.2),
        worst.title,
        worst.section,
        ratio(most),
    ))
}

/// The cost of a call that changes many pages, by the amount of other storage and by the number of changed pages.
pub fn changed(findings: &Findings) -> Option<String> {
    let rows: Vec<&Group> = findings.groups.iter().filter(|group| group.section == growth::CHANGED).collect();
    let (first, last) = (rows.first()?, rows.last()?);
    let base = &first.base;
    let most = last.arms.last().filter(|arm| arm.name != *base)?;
    let by_size = last.ratio(&most.name, base)?;
    let (few, many) = (first.arm(base)?.median_ns, last.arm(base)?.median_ns);
    let (fewest, changed): (f64, f64) = (first.title.parse().ok()?, last.title.parse().ok()?);
    Some(format!(
        "Under soft, a call that changes {} pages beside {} of other storage takes {} the time of the same call beside {base}. Beside {base}, {}x the changed pages ({} instead of {}) take {}x the time.",
        last.title,
        most.name,
        ratio(&by_size),
        digits(changed / fewest),
        last.title,
        first.title,
        digits(many / few),
    ))
}

/// The cost of waiting for the disk, and the savings by blocks.
pub fn durable(findings: &Findings) -> Option<String> {
    let clause = |group: &Group| {
        let alone = group.ratio(durability::SYNCED, durability::ASYNC)?;
        let in_blocks = group.arms.iter().rev().find(|arm| arm.name.starts_with("synced, blocks of "))?;
        let saved = group.ratio(&in_blocks.name, durability::SYNCED)?;
        let size = in_blocks.name.trim_start_matches("synced, blocks of ");
        Some(format!(
            "on {}, a synced commit takes {} the time of an async one, and a call in synced blocks of {size} takes {} the time of a synced commit",
            group.title,
            ratio(&alone),
            ratio(&saved),
        ))
    };
    let clauses: Vec<String> = findings.groups.iter().filter_map(clause).collect();
    (!clauses.is_empty()).then(|| format!("Durability: {}.", clauses.join("; ")))
}

/// The distance of calls to the same work by hand: the smallest and the largest of each table.
pub fn from_floor(findings: &Findings) -> Option<String> {
    let mut clauses = Vec::new();
    for groups in findings.groups.chunk_by(|a, b| a.section == b.section) {
        let soft = |group: &Group| Some((group.title.clone(), group.ratio(call::SOFT, floor::BY_HAND)?));
        let mut rows: Vec<(String, Ratio)> = groups.iter().filter_map(soft).collect();
        rows.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
        if let [(nearest, least), .., (farthest, most)] = rows.as_slice() {
            let (section, least, most) = (&groups[0].section, ratio(least), ratio(most));
            clauses.push(format!("{section}, from {least} on {nearest} to {most} on {farthest}"));
        }
    }
    (!clauses.is_empty()).then(|| {
        format!(
            "A call under soft takes these multiples of the time of the same algorithm, hashing and writing by hand: {}.",
            clauses.join("; ")
        )
    })
}

/// The cost of storage inside own memory to a compiled program: the smallest and the largest.
pub fn compiled(findings: &Findings) -> Option<String> {
    let work = findings.groups.iter().filter(|group| group.section == programs::WORK);
    let storage = |group: &Group| Some((group.title.clone(), group.ratio(programs::STORAGE, programs::PLAIN)?));
    let mut rows: Vec<(String, Ratio)> = work.filter_map(storage).collect();
    rows.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
    let [(nearest, least), .., (farthest, most)] = rows.as_slice() else { return None };
    Some(format!(
        "A compiled program whose data lie in storage inside own memory takes, under soft, from {} the time of the same program on plain own memory ({nearest}) to {} ({farthest}).",
        ratio(least),
        ratio(most),
    ))
}
