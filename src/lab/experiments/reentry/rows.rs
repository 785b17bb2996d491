//! What is compared with what: the rows of the experiment and the arms of each.

use super::tables::{BESIDE_READ, BESIDE_WRITTEN, DEPTH, DIRTY, ONCE, PAGES};
use crate::lab::experiments::{Cost, call, fault};
use crate::lab::settings::ReentrySettings;
use crate::lab::workloads::{Ends, Form, Reenter};
use crate::paging::PagerKind;

pub const SOFT: &str = fault::SOFT;

/// The ways of a contract.
const WAYS: [(&str, Form, PagerKind); 6] = [
    (SOFT, Form::Mapped, PagerKind::Soft),
    (fault::RESIDENT, Form::Mapped, PagerKind::Resident),
    (fault::EAGER, Form::Mapped, PagerKind::Eager),
    (fault::SIGSEGV, Form::Mapped, PagerKind::Sigsegv),
    (fault::UFFD, Form::Mapped, PagerKind::Uffd),
    (call::SLICES, Form::Slices, PagerKind::Soft),
];

/// A quarter of the rounds, as there are many rows, and a late pager is slow in some.
const COST: Cost = Cost::new(155, 10).thinned(4);
/// Half of them for the rows that targets are about.
const TARGET_COST: Cost = Cost::new(210, 30).thinned(2);

/// Names of rows and arms.
pub const ONE_RETURNS: &str = "1 page, returns";
pub const CLEAN: &str = "none of them written";
pub const WRITTEN: &str = "all of them written";
pub const FEW: &str = "16 pages";
pub const MANY: &str = "4,096 pages";

/// One arm.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub name: &'static str,
    pub form: Form,
    pub pager: PagerKind,
    pub workload: Reenter,
}

/// One comparison.
#[derive(Debug, Clone)]
pub struct Row {
    pub section: &'static str,
    pub title: String,
    pub base: &'static str,
    /// Whether a transaction makes one chain, or many.
    pub once: bool,
    pub lines: Vec<Line>,
}

impl Row {
    /// What it takes.
    pub fn cost(&self) -> Cost {
        if [BESIDE_WRITTEN, BESIDE_READ].contains(&self.section) { TARGET_COST } else { COST }
    }
}

/// The ways of a contract that this host can run.
pub fn ways() -> impl Iterator<Item = (&'static str, Form, PagerKind)> {
    WAYS.into_iter().filter(|(_, _, pager)| pager.availability().is_ok())
}

/// A row in which every way does the same.
fn alike(section: &'static str, title: String, workload: Reenter) -> Row {
    // With slices a call costs what it costs under soft: seen once, in the rows by pages.
    let shown = |form| form == Form::Mapped || section == PAGES;
    let ways = ways().filter(|(_, form, _)| shown(*form));
    let lines = ways.map(|(name, form, pager)| Line { name, form, pager, workload }).collect();
    Row { section, title, base: SOFT, once: section == ONCE, lines }
}

/// A row for each way on mapped storage, in which the same call is made beside more and more other pages.
fn beside(section: &'static str, sizes: &[(&'static str, Reenter)]) -> Vec<Row> {
    let base = sizes.first().map_or(FEW, |(name, _)| name);
    let mapped = ways().filter(|(_, form, _)| *form == Form::Mapped);
    let row = |(title, form, pager): (&'static str, _, _)| Row {
        section,
        title: title.to_owned(),
        base,
        once: section == DIRTY,
        lines: sizes.iter().map(|&(name, workload)| Line { name, form, pager, workload }).collect(),
    };
    mapped.map(row).collect()
}

/// All comparisons but those with a bare instance, in the order of the report.
pub fn rows(settings: &ReentrySettings) -> Vec<Row> {
    let ReentrySettings { depths, pages, beside_pages: many } = *settings;
    let mut all = Vec::new();
    for depth in depths {
        all.push(alike(ONCE, format!("{depth} deep, all return"), Reenter::chain(depth, 1, Ends::Return)));
    }
    let through = Reenter { through: true, ..Reenter::chain(depths[2], 1, Ends::Return) };
    all.push(alike(ONCE, format!("{} deep, through another", depths[2]), through));
    for depth in depths {
        for (ends, how) in [(Ends::Return, "all return"), (Ends::EverySecondReverts, "2nd reverts")] {
            all.push(alike(DEPTH, format!("{depth} deep, {how}"), Reenter::chain(depth, 1, ends)));
        }
    }
    all.push(alike(DEPTH, format!("{} deep, through another", depths[2]), through));
    for pages in pages {
        for (ends, how) in [(Ends::Return, "returns"), (Ends::InnermostReverts, "reverts")] {
            let plural = if pages == 1 { "page" } else { "pages" };
            all.push(alike(PAGES, format!("{pages} {plural}, {how}"), Reenter::chain(1, pages, ends)));
        }
    }
    let meeting = Reenter::chain(1, 16, Ends::InnermostReverts);
    let dirty = [(CLEAN, meeting), (WRITTEN, Reenter { before: 16, ..meeting })];
    all.extend(beside(DIRTY, &dirty));
    let undone = Reenter::chain(1, 16, Ends::InnermostReverts);
    let written = |before| Reenter { before, stored: many, ..undone };
    all.extend(beside(BESIDE_WRITTEN, &[(FEW, written(16)), ("256 pages", written(many / 16)), (MANY, written(many))]));
    let read = |read| Reenter { read, stored: read, ..undone };
    all.extend(beside(BESIDE_READ, &[(FEW, read(16)), (MANY, read(many))]));
    all
}
