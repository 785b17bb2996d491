//! What the experiment `reentry` says of nested calls, in words.

use super::format::{digits, ratio, time};
use crate::lab::experiments::{Findings, fault, reentry};
use crate::lab::measure::Verdict;

/// The pagers that others than `soft` are.
const OTHERS: [&str; 4] = [fault::RESIDENT, fault::EAGER, fault::SIGSEGV, fault::UFFD];

/// What a nested call costs under `soft`.
pub fn cost(findings: &Findings) -> Option<String> {
    let (kept, new) = (findings.group(reentry::NESTED, reentry::KEPT)?, findings.group(reentry::NESTED, reentry::NEW)?);
    let against =
        |base| Some([kept.ratio(fault::SOFT, base)?, new.ratio(fault::SOFT, base)?].map(|found| ratio(&found)));
    let [kept_bare, new_bare] = against(reentry::BARE)?;
    let [kept_gas, new_gas] = against(reentry::GAS)?;
    Some(format!(
        "A nested call takes {} under soft where an idle instance is kept, {kept_bare} the time in which wasmtime alone makes an instance of the same module and calls it; where an instance has to be made it takes {}, {new_bare}. Arithmetic for the same gas takes {}: the call takes {kept_gas} as long, and {new_gas} where an instance has to be made.",
        time(kept.arm(fault::SOFT)?.median_ns),
        time(new.arm(fault::SOFT)?.median_ns),
        time(kept.arm(reentry::GAS)?.median_ns),
    ))
}

/// What it costs to undo a call beside what its caller wrote.
pub fn undo(findings: &Findings) -> Option<String> {
    let beside = |section, pager: &str| findings.group(section, pager)?.ratio(reentry::MANY, reentry::FEW);
    let (written, read) = (beside(reentry::BESIDE_WRITTEN, fault::SOFT)?, beside(reentry::BESIDE_READ, fault::SOFT)?);
    let mut text = format!(
        "A call that writes 16 pages and is undone takes {} the time beside 4,096 pages that its caller wrote that it takes beside 16 under soft, and {} beside 4,096 pages that were only read",
        ratio(&written),
        ratio(&read),
    );
    for pager in OTHERS {
        let Some(written) = beside(reentry::BESIDE_WRITTEN, pager) else { continue };
        text += &format!("; under {} {}x", short(pager), digits(written.value));
        if let Some(read) = beside(reentry::BESIDE_READ, pager) {
            text += &format!(" and {}x", digits(read.value));
        }
    }
    Some(text + ".")
}

/// Under which pagers a nested call is dearer than under `soft`, the dearest first.
pub fn dear(findings: &Findings) -> Option<String> {
    let group = findings.group(reentry::PAGES, reentry::ONE_RETURNS)?;
    let against = |pager: &&'static str| Some((*pager, group.ratio(pager, fault::SOFT)?));
    let mut others: Vec<_> = OTHERS.iter().filter_map(against).collect();
    others.retain(|(_, ratio)| ratio.verdict() == Verdict::Slower);
    others.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
    let parts: Vec<String> =
        others.iter().map(|(pager, found)| format!("under {} {}", short(pager), ratio(found))).collect();
    let soft = time(group.arm(fault::SOFT)?.median_ns);
    (!parts.is_empty()).then(|| {
        format!(
            "Re-entrancy is dearer under other pagers: a call that writes one page takes {soft} under soft, {} the time.",
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

    /// A table, a row, and what each arm takes.
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
            "A nested call takes 500 ns under soft where an idle instance is kept, 0.250x (0.250 to 0.250) the time in which wasmtime alone makes an instance of the same module and calls it; where an instance has to be made it takes 3.00 µs, 1.50x (1.50 to 1.50). Arithmetic for the same gas takes 250 ns: the call takes 2.00x (2.00 to 2.00) as long, and 12.0x (12.0 to 12.0) where an instance has to be made."
        );
    }

    #[test]
    fn what_undoing_costs_beside_other_pages_is_said_of_every_pager_that_was_measured() {
        let sizes = |many| [(reentry::FEW, 4.0), (reentry::MANY, many)];
        let found = findings(&[
            (reentry::BESIDE_WRITTEN, fault::SOFT, &sizes(4.0)),
            (reentry::BESIDE_READ, fault::SOFT, &sizes(4.0)),
            (reentry::BESIDE_WRITTEN, fault::SIGSEGV, &sizes(2_000.0)),
            (reentry::BESIDE_READ, fault::SIGSEGV, &sizes(6.0)),
        ]);
        let text = undo(&found).unwrap();
        assert!(text.contains("takes 1.00x (1.00 to 1.00) the time beside 4,096 pages"), "{text}");
        assert!(text.ends_with("; under sigsegv 500x and 1.50x."), "{text}");
    }

    #[test]
    fn where_re_entrancy_is_dear_is_said_and_where_no_difference_is_seen_is_not() {
        let arms =
            [(fault::SOFT, 1_000.0), (fault::RESIDENT, 1_000.0), (fault::UFFD, 4_000.0), (fault::EAGER, 90_000.0)];
        let found = findings(&[(reentry::PAGES, reentry::ONE_RETURNS, &arms)]);
        let text = dear(&found).unwrap();
        assert!(text.contains("1.00 µs under soft, under eager 90.0x (90.0 to 90.0), under uffd 4.00x"), "{text}");
        assert!(!text.contains("resident"), "{text}");
        assert_eq!(dear(&findings(&[(reentry::PAGES, reentry::ONE_RETURNS, &arms[..2])])), None);
    }
}
