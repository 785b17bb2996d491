//! The results of the experiments `fault` and `crossover` in words.

use super::format::{amount, count};
use crate::lab::experiments::{Crossing, Findings, Group, fault};
use crate::lab::measure::Verdict;

const PAGERS: [&str; 5] = [fault::SOFT, fault::RESIDENT, fault::EAGER, fault::SIGSEGV, fault::UFFD];

/// The most rows of a table that are named one by one. More rows are counted.
const NAMED_ROWS: usize = 5;

/// The rows where each pager is the fastest.
pub fn fastest(findings: &Findings) -> Option<String> {
    let compared: Vec<(&Group, Option<&str>)> =
        findings.groups.iter().filter_map(|group| Some((group, winner(group)?))).collect();
    let tables: Vec<_> = compared.chunk_by(|a, b| a.0.section == b.0.section).collect();
    let rows = |name: Option<&str>| {
        let rows: Vec<String> = tables.iter().filter_map(|table| rows_won(table, name)).collect();
        (!rows.is_empty()).then(|| format!("on {}", rows.join(", on ")))
    };
    let clause = |name: &&str| Some(format!("{} {}", name.trim_start_matches("mapped, "), rows(Some(name))?));
    let clauses: Vec<String> = PAGERS.iter().filter_map(clause).collect();
    let mut sentences = Vec::new();
    if !clauses.is_empty() {
        sentences.push(format!("The fastest pager is {}.", clauses.join(". It is ")));
    }
    sentences.extend(rows(None).map(|rows| format!("No pager is clearly the fastest {rows}.")));
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// The rows of a table that a pager has won, or the undecided rows.
fn rows_won(table: &[(&Group, Option<&str>)], name: Option<&str>) -> Option<String> {
    let won: Vec<&str> = table.iter().filter(|row| row.1 == name).map(|row| &*row.0.title).collect();
    let section = &table[0].0.section;
    match won.len() {
        0 => None,
        few if few <= NAMED_ROWS => Some(format!("{section} ({})", won.join("; "))),
        all if all == table.len() => Some(format!("all {all} rows of \"{section}\"")),
        some => Some(format!("{some} of the {} rows of \"{section}\"", table.len())),
    }
}

/// The fastest pager of a row, or `Some(None)` if no difference between the fastest two is seen. A row without two comparable
/// pagers has no winner.
fn winner(group: &Group) -> Option<Option<&'static str>> {
    let with_resident = fault::RESIDENT_IN_ADVANCE.contains(&&*group.section);
    let pagers = PAGERS.iter().filter(|name| with_resident || **name != fault::RESIDENT);
    let mut times: Vec<(&'static str, f64)> =
        pagers.filter_map(|name| Some((*name, group.arm(name)?.median_ns))).collect();
    times.sort_by(|a, b| a.1.total_cmp(&b.1));
    let [(first, _), (second, _), ..] = times[..] else { return None };
    let faster = group.ratio(first, second).is_some_and(|ratio| ratio.verdict() == Verdict::Faster);
    Some(faster.then_some(first))
}

/// The crossovers of `soft` with other pagers.
pub fn pager_crossovers(findings: &Findings) -> Option<String> {
    let clauses: Vec<String> = findings
        .crossings
        .iter()
        .map(|crossing| {
            let other = crossing.above.trim_start_matches("mapped, ");
            match &crossing.found {
                Some((found, _)) if *found < 1.0 => format!("{other} always"),
                Some((found, interval)) => {
                    format!("{other} above {} ({} to {})", count(*found), count(interval.low), count(interval.high))
                }
                None => format!("{other} never"),
            }
        })
        .collect();
    let first = findings.crossings.first()?;
    Some(format!("Another pager is faster than soft at these numbers of {}: {}.", first.of, clauses.join("; ")))
}

/// The crossovers of mapping and slices: one sentence for each table and form of slices.
pub fn slice_crossovers(findings: &Findings) -> Vec<String> {
    let form =
        |crossing: &Crossing| [&crossing.below, &crossing.above].into_iter().find(|arm| !is_mapped(arm)).cloned();
    let sentence = |crossings: &[Crossing]| {
        let clauses: Vec<String> = crossings.iter().map(mapping_is_faster).collect();
        let form = form(&crossings[0])?;
        Some(format!("Mapping is faster than {form} at these numbers of {}: {}.", crossings[0].of, clauses.join("; ")))
    };
    let same = |a: &Crossing, b: &Crossing| (&a.of, form(a)) == (&b.of, form(b));
    findings.crossings.chunk_by(same).filter_map(sentence).collect()
}

fn is_mapped(arm: &str) -> bool {
    arm.starts_with("mapped, ")
}

/// The pager, and the numbers for which mapping is faster.
fn mapping_is_faster(crossing: &Crossing) -> String {
    let faster_below = is_mapped(&crossing.below);
    let mapped = if faster_below { &crossing.below } else { &crossing.above };
    let number = crossing
        .found
        .map(|(found, range)| format!("{} ({} to {})", amount(found), amount(range.low), amount(range.high)));
    let range = match (faster_below, number) {
        (true, None) => "always".to_owned(),
        (false, None) => "never".to_owned(),
        (true, Some(number)) => format!("up to {number}"),
        (false, Some(number)) => format!("from {number} on"),
    };
    format!("under {} {range}", mapped.trim_start_matches("mapped, "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lab::experiments::Per;
    use crate::lab::measure::{Layings, Series};

    /// A table, a row, and the time of each arm.
    type Row<'a> = (&'a str, &'a str, &'a [(&'a str, f64)]);

    fn findings(rows: &[Row<'_>]) -> Findings {
        let group = |(section, title, arms): &Row<'_>| {
            let samples = |cost: f64| (0..9).map(|round| cost + f64::from(round) * 0.001).collect();
            let series =
                arms.iter().map(|(name, cost)| Series { name: (*name).to_owned(), batch: 1, samples: samples(*cost) });
            Group::new(section, title, Per::Page, fault::SLICE, series.collect(), Duration::from_nanos(1))
        };
        Findings {
            name: "fault".to_owned(),
            question: String::new(),
            timed: String::new(),
            method: Vec::new(),
            groups: rows.iter().map(group).collect(),
            crossings: vec![
                Crossing::of_rounds(fault::SOFT, fault::SIGSEGV, "accesses to each page", &[15_000.0; 5], Layings::ONE),
                Crossing::of_rounds(
                    fault::SOFT,
                    fault::UFFD,
                    "accesses to each page",
                    &[f64::INFINITY; 5],
                    Layings::ONE,
                ),
                Crossing::of_rounds(fault::SOFT, fault::RESIDENT, "accesses to each page", &[0.0; 5], Layings::ONE),
            ],
            targets: Vec::new(),
        }
    }

    #[test]
    fn each_pager_is_named_with_its_rows_and_undecided_rows_are_named_apart() {
        let slow = (fault::SIGSEGV, 9.0);
        let found = findings(&[
            ("kept", "read", &[(fault::SLICE, 0.1), (fault::SOFT, 2.0), slow]),
            ("kept", "write", &[(fault::SOFT, 2.0), slow]),
            ("many", "8", &[(fault::SOFT, 20.0), slow]),
            ("even", "read", &[(fault::SOFT, 9.0), slow]),
            ("alone", "read", &[(fault::SOFT, 1.0)]),
        ]);
        assert_eq!(
            fastest(&found).unwrap(),
            "The fastest pager is soft on kept (read; write). It is sigsegv on many (8). No pager is clearly the fastest on even (read)."
        );
    }

    #[test]
    fn resident_is_no_winner_if_its_loads_are_not_timed() {
        let row = |section| (section, "read", &[(fault::SOFT, 9.0), (fault::RESIDENT, 1.0), (fault::UFFD, 20.0)][..]);
        assert_eq!(
            fastest(&findings(&[row(fault::KEPT), row(fault::STEPPED_STORED)])).unwrap(),
            format!(
                "The fastest pager is soft on {} (read). It is resident on {} (read).",
                fault::STEPPED_STORED,
                fault::KEPT
            )
        );
    }

    #[test]
    fn the_rows_of_a_large_table_are_counted() {
        let rows: Vec<String> = (0..9).map(|row| format!("step {row}")).collect();
        let arms = |soft, sigsegv| [(fault::SOFT, soft), (fault::SIGSEGV, sigsegv)];
        let (won, lost) = (arms(1.0, 9.0), arms(9.0, 1.0));
        let table = |lost_rows: usize| -> Vec<Row<'_>> {
            let arms = |row| if row < lost_rows { &lost[..] } else { &won[..] };
            rows.iter().enumerate().map(|(row, title)| ("all steps", title.as_str(), arms(row))).collect()
        };
        let said = |lost_rows| fastest(&findings(&table(lost_rows))).unwrap();
        assert_eq!(said(0), "The fastest pager is soft on all 9 rows of \"all steps\".");
        assert_eq!(
            said(2),
            "The fastest pager is soft on 7 of the 9 rows of \"all steps\". It is sigsegv on all steps (step 0; step 1)."
        );
    }

    #[test]
    fn a_crossover_is_a_lower_or_an_upper_limit_of_mapping() {
        let crossing = |below: &str, above: &str, found: Option<f64>| {
            let range = found.map(|at| (at, crate::lab::measure::Interval { low: at / 2.0, high: at * 2.0 }));
            Crossing { below: below.to_owned(), above: above.to_owned(), of: "reads".to_owned(), found: range }
        };
        let crossings = vec![
            crossing(fault::SLICE, fault::SOFT, Some(2.0)),
            crossing(fault::SLICE, fault::SIGSEGV, None),
            crossing(fault::SOFT, fault::WHOLE, Some(200.0)),
            crossing(fault::RESIDENT, fault::WHOLE, None),
        ];
        assert_eq!(
            slice_crossovers(&Findings { crossings, ..findings(&[]) }),
            [
                "Mapping is faster than slice to memory at these numbers of reads: under soft from 2.00 (1.00 to 4.00) on; under sigsegv never.",
                "Mapping is faster than slice of the whole page at these numbers of reads: under soft up to 200 (100 to 400); under resident always.",
            ]
        );
    }

    #[test]
    fn a_crossover_of_pagers_is_a_number_with_its_interval_or_none() {
        assert_eq!(
            pager_crossovers(&findings(&[])).unwrap(),
            "Another pager is faster than soft at these numbers of accesses to each page: sigsegv above 15,000 (15,000 to 15,000); uffd never; resident always."
        );
    }
}
