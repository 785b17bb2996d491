//! What does the first touch of a page in a call cost?

mod break_even;
mod rows;
mod tables;
#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use super::context::Comparison;
use super::{Context, Experiment, Findings, Group, Measured, Per};
use crate::lab::measure::Arm;
use crate::lab::workloads::{AccessKind, Form, Mode, Subject, Testbed, Touch, WholePages, Workload};
use crate::lab::{LabError, Settings};
use crate::paging::{Access, DEFAULT_WINDOW, Floor, PagerKind};
use crate::units::{PAGE_SIZE, PageCount};
use crate::vm::VmBuilder;
use rows::{ArmKind, FORWARD, ISOLATED, SIGSEGV_FLOOR, UFFD_FLOOR, WRITE, rows};

pub(super) use rows::{APART, KeptFrames, Row, arms};
pub(in crate::lab) use rows::{EAGER, READ, RESIDENT, SIGSEGV, SLICE, SOFT, UFFD, WHOLE};
pub(in crate::lab) use tables::{
    KEPT, MANY_READS, ORDER, RESIDENT_IN_ADVANCE, STEPPED_HALF, STEPPED_KEPT, STEPPED_NEW, STEPPED_STORED, STORED,
};

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "fault",
    question: "What does the first touch of a page in a call cost?",
    duration,
    run,
    conclude,
    has_one_laying: false,
};

fn duration(settings: &Settings) -> Duration {
    rows(&settings.fault).iter().map(|row| row.cost.duration(settings, row.arms.len())).sum()
}

fn run(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let mut groups = Vec::new();
    for row in rows(&context.settings.fault) {
        groups.extend(compare(context, &row)?);
    }
    Ok(groups)
}

/// Measures one row.
pub(super) fn compare(context: &mut Context<'_>, row: &Row) -> Result<Option<Group>, LabError> {
    let without = Touch { touched: 0, ..row.touch };
    let (whole, without_whole) = (WholePages(row.touch), WholePages(without));
    let mut runners = Vec::new();
    for arm in &row.arms {
        // To prepare an arm takes seconds.
        if context.interrupted() {
            break;
        }
        runners.push(match arm.kind {
            ArmKind::Contract { form, pager, fault_window } => {
                let subject = |workload| subject(context, workload, form, pager, fault_window);
                Runner::contract(pager, [&row.touch, &without], subject)?
            }
            ArmKind::WholePages => {
                let (form, pager) = (Form::Slices, PagerKind::Soft);
                let subject = |workload| subject(context, workload, form, pager, DEFAULT_WINDOW);
                Runner::contract(pager, [&whole, &without_whole], subject)?
            }
            ArmKind::ByHand(pager) => Runner::by_hand(pager, &row.touch)?,
        });
    }
    let arms = row.arms.iter().zip(&mut runners).map(|(arm, runner)| Arm {
        name: arm.name.to_owned(),
        per_unit: u64::from(row.touch.touched),
        batch: Box::new(move |times| runner.batch(times, row)),
    });
    let comparison =
        Comparison { section: row.section, title: &row.title, per: Per::Page, base: row.base, cost: row.cost };
    let Some(mut group) = context.compare(&comparison, arms.collect())? else { return Ok(None) };
    for (arm, runner) in group.arms.iter_mut().zip(&mut runners) {
        runner.count(row, arm)?;
    }
    group.note = row.note.map(str::to_owned);
    Ok(Some(group))
}

/// Deploys a contract on LMDB, with a limit of the fault window.
fn subject<'a>(
    context: &mut Context<'_>,
    workload: &'a dyn Workload,
    form: Form,
    pager: PagerKind,
    fault_window: PageCount,
) -> Result<Box<Subject<'a>>, LabError> {
    let modules = context.module_directory();
    let set = |vm: VmBuilder| vm.fault_window(fault_window).module_cache_dir(Some(modules));
    let testbed = Testbed::on_disk_with(&context.store_directory(), set)?;
    Subject::new(workload, form, pager, testbed).map(Box::new)
}

/// An arm that is set up.
enum Runner<'a> {
    /// A contract that touches pages, and the same contract with calls that touch none.
    Contract { pager: PagerKind, with: Box<Subject<'a>>, without: Box<Subject<'a>> },
    /// A loop of a pager's system calls.
    ByHand { pager: PagerKind, floor: Box<Floor>, order: Vec<u32>, accesses: &'static [Access], sum: u64 },
}

impl<'a> Runner<'a> {
    fn contract(
        pager: PagerKind,
        [with, without]: [&'a dyn Workload; 2],
        mut subject: impl FnMut(&'a dyn Workload) -> Result<Box<Subject<'a>>, LabError>,
    ) -> Result<Self, LabError> {
        Ok(Self::Contract { pager, with: subject(with)?, without: subject(without)? })
    }

    fn by_hand(pager: PagerKind, touch: &Touch) -> Result<Self, LabError> {
        let order: Vec<u32> =
            (0..touch.touched as i32).map(|index| touch.first.wrapping_add_signed(index * touch.stride)).collect();
        // A fault window may reach beyond the last touched page.
        let pages = order.iter().max().map_or(1, |last| last + 1) + DEFAULT_WINDOW.0;
        let floor = Floor::new(pager, pages, DEFAULT_WINDOW).map_err(by_hand(pager))?;
        let floor = floor.ok_or_else(|| by_hand(pager)(io::ErrorKind::Unsupported.into()))?;
        let accesses: &[Access] = match touch.access {
            AccessKind::Read => &[Access::Read],
            AccessKind::Write => &[Access::Write],
            AccessKind::Modify => &[Access::Read, Access::Write],
        };
        let read = accesses.contains(&Access::Read);
        let sum = order.iter().map(|page| u64::from(*page) * PAGE_SIZE as u64 * u64::from(read)).sum();
        Ok(Self::ByHand { pager, floor: Box::new(floor), order, accesses, sum })
    }

    fn batch(&mut self, times: u64, row: &Row) -> Result<Duration, LabError> {
        match self {
            Self::Contract { pager: PagerKind::Eager, with, .. } => with.dry_runs(times),
            Self::Contract { with, without, .. } => {
                let warm_up = row.warm_up();
                let run = |subject: &mut Subject<'_>| match row.kept_frames {
                    KeptFrames::All => subject.dry_runs(times),
                    KeptFrames::None | KeptFrames::EverySecond => subject.cold_dry_runs(times, warm_up.as_ref()),
                };
                Ok(run(with)?.saturating_sub(run(without)?))
            }
            Self::ByHand { pager, floor, order, accesses, sum } => {
                let mut took = Duration::ZERO;
                for _ in 0..times {
                    let (once, found) = floor.touch(order, accesses).map_err(by_hand(*pager))?;
                    if found != *sum {
                        let what = "reading pages by hand".to_owned();
                        return Err(LabError::WrongResult { what, found: found.to_string(), expected: *sum as i64 });
                    }
                    took += once;
                }
                Ok(took)
            }
        }
    }

    /// Adds the counts to the results of the arm.
    fn count(&mut self, row: &Row, arm: &mut Measured) -> Result<(), LabError> {
        let Self::Contract { with, .. } = self else { return Ok(()) };
        let warm_up = row.warm_up();
        let prepare = |subject: &Subject<'_>| match row.kept_frames {
            KeptFrames::All => Ok(()),
            KeptFrames::None | KeptFrames::EverySecond => subject.forget_frames(warm_up.as_ref()),
        };
        prepare(with)?;
        arm.counts = with.counts(Mode::DryRun)?;
        arm.counts.extend(with.events(Mode::DryRun, prepare)?);
        Ok(())
    }
}

fn by_hand(pager: PagerKind) -> impl Fn(io::Error) -> LabError {
    move |source| LabError::ByHand { pager, source }
}

fn conclude(_: &Settings, groups: Vec<Group>) -> Findings {
    let crossings = break_even::crossovers(&groups);
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Timed: the touch and all its effects in the call, up to the undo at its end. Not timed: the cost of a call that touches no page. The time of eager includes that cost, as eager loads all pages at the start of the call.".to_owned(),
        method: vec![
            "A dry run touches 8 bytes on each of several pages, which are 64 KiB apart unless the row names another order. The time of the same contract's call that touches no page is subtracted, and the rest is divided by the number of pages. All contracts are in LMDB.".to_owned(),
            "Kept frames exist under soft and resident, and for slices. The hardware pagers drop their frames at the end of each call, and load from LMDB in all rows. In the tables of pages in LMDB only, kept frames are dropped before each call, outside the time. Their memory stays with the process, so the kernel need not fill it with zeros again.".to_owned(),
            "resident has no faults: it loads all pages at the start of the call, touched or not, and that time is subtracted with the rest of the call. Its rows are comparable with others only if frames are kept.".to_owned(),
            "A write writes the bytes that are there already, so no page is hashed. Its time includes the comparison with the committed bytes.".to_owned(),
            "By hand: a loop in Rust that makes the same system calls for the same touches with the same fault window. It copies pages from plain memory, compares the written ones and releases the memory. It has no contract, no store and no call.".to_owned(),
            format!("sigsegv and uffd load up to {DEFAULT_WINDOW} pages per fault (the fault window) if faults are consecutive, and one page otherwise. The time includes the pages that a fault window loads beyond the last touched page. The arms with one page per fault have no fault window."),
            "All orders and steps: the pages are touched forward or backward, at the named distance. A step of 8 B means every word of consecutive pages. With every second frame kept, a call that touches every second page runs before each call, outside the time: soft and resident keep its frames, the other pagers drop them.".to_owned(),
            "Many reads of each page: the reads go over the words of the page in order, and start again after the last.".to_owned(),
        ],
        groups,
        crossings,
        targets: Vec::new(),
    };
    findings.time_target("read of a page with a kept frame under soft", 100.0, (KEPT, READ), SOFT);
    let isolated = (ORDER, ISOLATED);
    findings.ratio_target(
        "isolated read: soft with a kept frame, against sigsegv",
        1.0 / 30.0,
        (KEPT, READ),
        SOFT,
        SIGSEGV,
    );
    findings.ratio_target(
        "isolated read: soft with the page in LMDB only, against sigsegv",
        1.0 / 3.0,
        (STORED, READ),
        SOFT,
        SIGSEGV,
    );
    for (pager, arm, floor) in [("sigsegv", SIGSEGV, SIGSEGV_FLOOR), ("uffd", UFFD, UFFD_FLOOR)] {
        for (what, place) in
            [("isolated read", isolated), ("forward read", (ORDER, FORWARD)), ("isolated write", (STORED, WRITE))]
        {
            findings.ratio_target(
                &format!("{what}: {pager}, against a loop of the same system calls"),
                1.3,
                place,
                arm,
                floor,
            );
        }
    }
    findings
}
