//! What the experiment `fault` says of the pagers, in words.

use super::format::{amount, count};
use crate::lab::experiments::{Crossing, Findings, Group, fault};
use crate::lab::measure::Verdict;

const PAGERS: [&str; 5] = [fault::SOFT, fault::RESIDENT, fault::EAGER, fault::SIGSEGV, fault::UFFD];

/// Rows of a table that are told one by one; more of them are counted.
const TOLD: usize = 5;

/// Where each pager is the fastest.
pub fn fastest(findings: &Findings) -> Option<String> {
    let compared: Vec<(&Group, Option<&str>)> =
        findings.groups.iter().filter_map(|group| Some((group, winner(group)?))).collect();
    let tables: Vec<_> = compared.chunk_by(|a, b| a.0.section == b.0.section).collect();
    let names = PAGERS.iter().map(|name| Some(*name)).chain([None]);
    let clause = |name: Option<&str>| {
        let rows: Vec<String> = tables.iter().filter_map(|table| rows_won(table, name)).collect();
        let name = name.map_or("no single one", |name| name.trim_start_matches("mapped, "));
        (!rows.is_empty()).then(|| format!("{name} on {}", rows.join("; on ")))
    };
    let clauses: Vec<String> = names.filter_map(clause).collect();
    (!clauses.is_empty()).then(|| format!("Of the pagers the fastest is {}.", clauses.join(". It is ")))
}

/// The rows of a table that a pager, or none of them, has won.
fn rows_won(table: &[(&Group, Option<&str>)], name: Option<&str>) -> Option<String> {
    let won: Vec<&str> = table.iter().filter(|row| row.1 == name).map(|row| &*row.0.title).collect();
    let section = &table[0].0.section;
    match won.len() {
        0 => None,
        told if told <= TOLD => Some(format!("{section} ({})", won.join(", "))),
        all if all == table.len() => Some(format!("all {all} rows of \"{section}\"")),
        some => Some(format!("{some} of the {} rows of \"{section}\"", table.len())),
    }
}

/// The pager that is faster than every other of the row; none if the fastest two cannot be told apart. Nothing for a row
/// with fewer than two pagers that do the same there.
fn winner(group: &Group) -> Option<Option<&'static str>> {
    let with_resident = fault::RESIDENT_AT_ENTRY.contains(&&*group.section);
    let pagers = PAGERS.iter().filter(|name| with_resident || **name != fault::RESIDENT);
    let mut times: Vec<(&'static str, f64)> =
        pagers.filter_map(|name| Some((*name, group.arm(name)?.median_ns))).collect();
    times.sort_by(|a, b| a.1.total_cmp(&b.1));
    let [(first, _), (second, _), ..] = times[..] else { return None };
    let faster = group.ratio(first, second).is_some_and(|ratio| ratio.verdict() == Verdict::Faster);
    Some(faster.then_some(first))
}

/// From how many accesses on another pager is better than `soft`.
pub fn break_even(findings: &Findings) -> Option<String> {
    let clauses: Vec<String> = findings
        .crossings
        .iter()
        .map(|crossing| {
            let other = crossing.above.trim_start_matches("mapped, ");
            match &crossing.found {
                Some((found, _)) if *found < 1.0 => format!("{other} from the first on"),
                Some((found, interval)) => {
                    format!("{other} from {} on ({} to {})", count(*found), count(interval.low), count(interval.high))
                }
                None => format!("{other} at no number that the lines show"),
            }
        })
        .collect();
    let first = findings.crossings.first()?;
    Some(format!("Counting {}, soft is overtaken by {}.", first.of, clauses.join(", by ")))
}

/// For how many accesses to a page mapping pays, in each table of `crossover` and against each form of slices.
pub fn crossover(findings: &Findings) -> Vec<String> {
    let form =
        |crossing: &Crossing| [&crossing.below, &crossing.above].into_iter().find(|arm| !is_mapped(arm)).cloned();
    let sentence = |crossings: &[Crossing]| {
        let pagers: Vec<String> = crossings.iter().map(where_mapping_pays).collect();
        let form = form(&crossings[0])?;
        Some(format!("Counting {}, mapping is faster than {form} {}.", crossings[0].of, pagers.join(", ")))
    };
    let same = |a: &Crossing, b: &Crossing| (&a.of, form(a)) == (&b.of, form(b));
    findings.crossings.chunk_by(same).filter_map(sentence).collect()
}

fn is_mapped(arm: &str) -> bool {
    arm.starts_with("mapped, ")
}

fn where_mapping_pays(crossing: &Crossing) -> String {
    let first = is_mapped(&crossing.below);
    let mapped = if first { &crossing.below } else { &crossing.above };
    let place = crossing
        .found
        .map(|(found, range)| format!("{} ({} to {})", amount(found), amount(range.low), amount(range.high)));
    let range = match (first, place) {
        (true, None) => "throughout".to_owned(),
        (false, None) => "nowhere".to_owned(),
        (true, Some(place)) => format!("up to {place}"),
        (false, Some(place)) => format!("from {place} on"),
    };
    format!("{range} under {}", mapped.trim_start_matches("mapped, "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lab::experiments::Per;
    use crate::lab::measure::{Layings, Series};

    /// A table, a row, and what each arm takes.
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
                Crossing::new(fault::SOFT, fault::SIGSEGV, "accesses to each page", &[15_000.0; 5], Layings::ONE),
                Crossing::new(fault::SOFT, fault::UFFD, "accesses to each page", &[f64::INFINITY; 5], Layings::ONE),
                Crossing::new(fault::SOFT, fault::RESIDENT, "accesses to each page", &[0.0; 5], Layings::ONE),
            ],
            targets: Vec::new(),
        }
    }

    #[test]
    fn each_pager_is_named_where_it_is_fastest_and_where_it_is_not_clear_nobody_is() {
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
            "Of the pagers the fastest is soft on kept (read, write). It is sigsegv on many (8). It is no single one on even (read)."
        );
    }

    #[test]
    fn resident_is_no_winner_where_it_brought_the_pages_in_before() {
        let row = |section| (section, "read", &[(fault::SOFT, 9.0), (fault::RESIDENT, 1.0), (fault::UFFD, 20.0)][..]);
        assert_eq!(
            fastest(&findings(&[row(fault::KEPT), row(fault::STEPPED_STORED)])).unwrap(),
            format!(
                "Of the pagers the fastest is soft on {} (read). It is resident on {} (read).",
                fault::STEPPED_STORED,
                fault::KEPT
            )
        );
    }

    #[test]
    fn of_a_table_with_many_rows_they_are_counted() {
        let rows: Vec<String> = (0..9).map(|row| format!("step {row}")).collect();
        let arms = |soft, sigsegv| [(fault::SOFT, soft), (fault::SIGSEGV, sigsegv)];
        let (won, lost) = (arms(1.0, 9.0), arms(9.0, 1.0));
        let table = |lost_rows: usize| -> Vec<Row<'_>> {
            let arms = |row| if row < lost_rows { &lost[..] } else { &won[..] };
            rows.iter().enumerate().map(|(row, title)| ("all steps", title.as_str(), arms(row))).collect()
        };
        let said = |lost_rows| fastest(&findings(&table(lost_rows))).unwrap();
        assert_eq!(said(0), "Of the pagers the fastest is soft on all 9 rows of \"all steps\".");
        assert_eq!(
            said(2),
            "Of the pagers the fastest is soft on 7 of the 9 rows of \"all steps\". It is sigsegv on all steps (step 0, step 1)."
        );
    }

    #[test]
    fn where_mapping_pays_is_said_from_where_on_or_up_to_where() {
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
            crossover(&Findings { crossings, ..findings(&[]) }),
            [
                "Counting reads, mapping is faster than slice to memory from 2.00 (1.00 to 4.00) on under soft, nowhere under sigsegv.",
                "Counting reads, mapping is faster than slice of the whole page up to 200 (100 to 400) under soft, throughout under resident.",
            ]
        );
    }

    #[test]
    fn the_break_even_is_a_number_with_its_interval_or_none() {
        assert_eq!(
            break_even(&findings(&[])).unwrap(),
            "Counting accesses to each page, soft is overtaken by sigsegv from 15,000 on (15,000 to 15,000), by uffd at no number that the lines show, by resident from the first on."
        );
    }
}
