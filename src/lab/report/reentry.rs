//! The results of the experiment `reentry` in words.

use super::format::{digits, ratio, time};
use crate::lab::experiments::{Findings, fault, reentry};
use crate::lab::measure::Verdict;

/// The pagers beside `soft`.
const OTHER_PAGERS: [&str; 4] = [fault::RESIDENT, fault::EAGER, fault::SIGSEGV, fault::UFFD];

/// The cost of a nested call under `soft`.
pub fn cost(findings: &Findings) -> Option<String> {
    let (kept, new) = (findings.group(reentry::NESTED, reentry::KEPT)?, findings.group(reentry::NESTED, reentry::NEW)?);
    let against =
        |base| Some([kept.ratio(fault::SOFT, base)?, new.ratio(fault::SOFT, base)?].map(|found| ratio(&found)));
    let [kept_bare, new_bare] = against(reentry::BARE)?;
    let [kept_gas, new_gas] = against(reentry::GAS)?;
    Some(format!(
        "A nested call under soft takes {} with a kept instance: {kept_bare} the time that wasmtime alone takes to instantiate and call the same module. With a new instance it takes {}: {new_bare} that time. Arithmetic for the same gas takes {}; the nested call takes {kept_gas} that time with a kept instance, and {new_gas} with a new one.",
        time(kept.arm(fault::SOFT)?.median_ns),
        time(new.arm(fault::SOFT)?.median_ns),
        time(kept.arm(reentry::GAS)?.median_ns),
    ))
}

/// The cost of undoing a call, by the pages that its caller wrote or read.
pub fn undo(findings: &Findings) -> Option<String> {
    let beside = |section, pager: &str| findings.group(section, pager)?.ratio(reentry::MANY, reentry::FEW);
    let (written, read) = (beside(reentry::BESIDE_WRITTEN, fault::SOFT)?, beside(reentry::BESIDE_READ, fault::SOFT)?);
    let mut text = format!(
        "A nested call writes 16 pages and reverts. Its time beside 4,096 pages written by its caller, divided by that beside 16, is {} under soft; with pages that its caller only read, it is {}",
        ratio(&written),
        ratio(&read),
    );
    for pager in OTHER_PAGERS {
        let Some(written) = beside(reentry::BESIDE_WRITTEN, pager) else { continue };
        text += &format!("; under {} {}x", short(pager), digits(written.value));
        if let Some(read) = beside(reentry::BESIDE_READ, pager) {
            text += &format!(" and {}x", digits(read.value));
        }
    }
    Some(text + ".")
}

/// The pagers under which a nested call is more expensive than under `soft`, the most expensive first.
pub fn expensive_pagers(findings: &Findings) -> Option<String> {
    let group = findings.group(reentry::PAGES, reentry::ONE_RETURNS)?;
    let against = |pager: &&'static str| Some((*pager, group.ratio(pager, fault::SOFT)?));
    let mut others: Vec<_> = OTHER_PAGERS.iter().filter_map(against).collect();
    others.retain(|(_, ratio)| ratio.verdict() == Verdict::Slower);
    others.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
    let parts: Vec<String> =
        others.iter().map(|(pager, found)| format!("under {} {}", short(pager), ratio(found))).collect();
    let soft = time(group.arm(fault::SOFT)?.median_ns);
    (!parts.is_empty()).then(|| {
        format!(
            "Nested calls are more expensive under other pagers: a call that writes one page takes {soft} under soft, and {} that time.",
            parts.join(", ")
        )
    })
}

fn short(pager: &str) -> &str {
    pager.trim_start_matches("mapped, ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lab::experiments::{Group, Per};
    use crate::lab::measure::Series;

    /// A table, a row, and the time of each arm.
    type Row<'a> = (&'a str, &'a str, &'a [(&'a str, f64)]);

    fn findings(rows: &[Row<'_>]) -> Findings {
        let group = |(section, title, arms): &Row<'_>| {
            let series =
                arms.iter().map(|(name, cost)| Series { name: (*name).to_owned(), batch: 1, samples: vec![*cost; 9] });
            Group::new(section, title, Per::NestedCall, fault::SOFT, series.collect(), Duration::from_nanos(1))
        };
        Findings {
            name: "reentry".to_owned(),
            question: String::new(),
            timed: String::new(),
            method: Vec::new(),
            groups: rows.iter().map(group).collect(),
            crossings: Vec::new(),
            targets: Vec::new(),
        }
    }

    #[test]
    fn a_nested_call_is_compared_with_a_bare_one_and_with_its_gas() {
        let arms = |soft| [(reentry::BARE, 2_000.0), (reentry::GAS, 250.0), (fault::SOFT, soft)];
        let found = findings(&[
            (reentry::NESTED, reentry::KEPT, &arms(500.0)),
            (reentry::NESTED, reentry::NEW, &arms(3_000.0)),
        ]);
        assert_eq!(
            cost(&found).unwrap(),
            "A nested call under soft takes 500 ns with a kept instance: 0.250x (0.250 to 0.250) the time that wasmtime alone takes to instantiate and call the same module. With a new instance it takes 3.00 µs: 1.50x (1.50 to 1.50) that time. Arithmetic for the same gas takes 250 ns; the nested call takes 2.00x (2.00 to 2.00) that time with a kept instance, and 12.0x (12.0 to 12.0) with a new one."
        );
    }

    #[test]
    fn the_cost_of_undo_is_named_for_every_measured_pager() {
        let sizes = |many| [(reentry::FEW, 4.0), (reentry::MANY, many)];
        let found = findings(&[
            (reentry::BESIDE_WRITTEN, fault::SOFT, &sizes(4.0)),
            (reentry::BESIDE_READ, fault::SOFT, &sizes(4.0)),
            (reentry::BESIDE_WRITTEN, fault::SIGSEGV, &sizes(2_000.0)),
            (reentry::BESIDE_READ, fault::SIGSEGV, &sizes(6.0)),
        ]);
        let text = undo(&found).unwrap();
        assert!(text.contains(" is 1.00x (1.00 to 1.00) under soft; "), "{text}");
        assert!(text.ends_with("; under sigsegv 500x and 1.50x."), "{text}");
    }

    #[test]
    fn expensive_pagers_are_named_and_those_without_a_difference_are_not() {
        let arms =
            [(fault::SOFT, 1_000.0), (fault::RESIDENT, 1_000.0), (fault::UFFD, 4_000.0), (fault::EAGER, 90_000.0)];
        let found = findings(&[(reentry::PAGES, reentry::ONE_RETURNS, &arms)]);
        let text = expensive_pagers(&found).unwrap();
        assert!(text.contains("1.00 µs under soft, and under eager 90.0x (90.0 to 90.0), under uffd 4.00x"), "{text}");
        assert!(!text.contains("resident"), "{text}");
        assert_eq!(expensive_pagers(&findings(&[(reentry::PAGES, reentry::ONE_RETURNS, &arms[..2])])), None);
    }
}
