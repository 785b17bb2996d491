//! The rows of the experiment, and their arms.

use super::tables::{BESIDE_READ, BESIDE_WRITTEN, DEPTH, DIRTY, ONCE, PAGES};
use crate::lab::experiments::{Cost, call, fault};
use crate::lab::settings::ReentrySettings;
use crate::lab::workloads::{Form, Reenter, Reverts};
use crate::paging::PagerKind;

pub const SOFT: &str = fault::SOFT;

/// The contracts: the name of the arm, the form and the pager.
const CONTRACTS: [(&str, Form, PagerKind); 6] = [
    (SOFT, Form::Mapped, PagerKind::Soft),
    (fault::RESIDENT, Form::Mapped, PagerKind::Resident),
    (fault::EAGER, Form::Mapped, PagerKind::Eager),
    (fault::SIGSEGV, Form::Mapped, PagerKind::Sigsegv),
    (fault::UFFD, Form::Mapped, PagerKind::Uffd),
    (call::SLICES, Form::Slices, PagerKind::Soft),
];

/// A quarter of the rounds: there are many rows, and some take long under pagers other than soft.
const COST: Cost = Cost::new(155, 10).thinned(4);
/// Half of the rounds, for the rows that have targets.
const TARGET_COST: Cost = Cost::new(210, 30).thinned(2);

/// The names of rows and arms.
pub const ONE_RETURNS: &str = "1 page, returns";
pub const CLEAN: &str = "clean";
pub const DIRTY_FRAMES: &str = "dirty";
pub const FEW: &str = "16 pages";
pub const MANY: &str = "4,096 pages";

/// An arm.
#[derive(Debug, Clone, Copy)]
pub struct ArmSpec {
    pub name: &'static str,
    pub form: Form,
    pub pager: PagerKind,
    pub workload: Reenter,
}

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    pub section: &'static str,
    pub title: String,
    pub base: &'static str,
    /// True if a transaction makes a single chain.
    pub is_single: bool,
    pub arms: Vec<ArmSpec>,
}

impl Row {
    pub fn cost(&self) -> Cost {
        if [BESIDE_WRITTEN, BESIDE_READ].contains(&self.section) { TARGET_COST } else { COST }
    }
}

/// The contracts that this host can run: the name of the arm, the form and the pager.
pub fn contracts() -> impl Iterator<Item = (&'static str, Form, PagerKind)> {
    CONTRACTS.into_iter().filter(|(_, _, pager)| pager.availability().is_ok())
}

/// A row that compares the contracts on the same workload.
fn by_contract(section: &'static str, title: String, workload: Reenter) -> Row {
    // A nested call costs the same with slices as with mapped storage under soft: one table shows it.
    let is_shown = |form| form == Form::Mapped || section == PAGES;
    let contracts = contracts().filter(|(_, form, _)| is_shown(*form));
    let arms = contracts.map(|(name, form, pager)| ArmSpec { name, form, pager, workload }).collect();
    Row { section, title, base: SOFT, is_single: section == ONCE, arms }
}

/// A row for each pager that compares workloads. The first workload is the base.
fn by_workload(section: &'static str, workloads: &[(&'static str, Reenter)]) -> Vec<Row> {
    let base = workloads.first().map_or(FEW, |(name, _)| name);
    let mapped = contracts().filter(|(_, form, _)| *form == Form::Mapped);
    let row = |(title, form, pager): (&'static str, _, _)| Row {
        section,
        title: title.to_owned(),
        base,
        is_single: section == DIRTY,
        arms: workloads.iter().map(|&(name, workload)| ArmSpec { name, form, pager, workload }).collect(),
    };
    mapped.map(row).collect()
}

/// All rows but those with a bare instance, in the order of the report.
pub fn rows(settings: &ReentrySettings) -> Vec<Row> {
    let ReentrySettings { depths, pages, beside_pages: many } = *settings;
    let mut all = Vec::new();
    for depth in depths {
        all.push(by_contract(ONCE, format!("{depth} deep, all return"), Reenter::chain(depth, 1, Reverts::None)));
    }
    let through = Reenter { through_relay: true, ..Reenter::chain(depths[2], 1, Reverts::None) };
    all.push(by_contract(ONCE, format!("{} deep, through another", depths[2]), through));
    for depth in depths {
        for (reverts, how) in [(Reverts::None, "all return"), (Reverts::EverySecond, "2nd reverts")] {
            all.push(by_contract(DEPTH, format!("{depth} deep, {how}"), Reenter::chain(depth, 1, reverts)));
        }
    }
    all.push(by_contract(DEPTH, format!("{} deep, through another", depths[2]), through));
    for pages in pages {
        for (reverts, how) in [(Reverts::None, "returns"), (Reverts::Innermost, "reverts")] {
            let plural = if pages == 1 { "page" } else { "pages" };
            all.push(by_contract(PAGES, format!("{pages} {plural}, {how}"), Reenter::chain(1, pages, reverts)));
        }
    }
    let reverting = Reenter::chain(1, 16, Reverts::Innermost);
    let dirty = Reenter { caller_writes: 16, ..reverting };
    all.extend(by_workload(DIRTY, &[(CLEAN, reverting), (DIRTY_FRAMES, dirty)]));
    let written = |pages| Reenter { caller_writes: pages, stored: many, ..reverting };
    let sizes = [(FEW, written(16)), ("256 pages", written(many / 16)), (MANY, written(many))];
    all.extend(by_workload(BESIDE_WRITTEN, &sizes));
    let read = |pages| Reenter { caller_reads: pages, stored: pages, ..reverting };
    all.extend(by_workload(BESIDE_READ, &[(FEW, read(16)), (MANY, read(many))]));
    all
}
