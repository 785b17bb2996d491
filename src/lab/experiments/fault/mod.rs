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
use crate::lab::workloads::{Deed, Form, Mode, Subject, Touch, WholePages, Workload, World};
use crate::lab::{LabError, Settings};
use crate::paging::{Access, DEFAULT_WINDOW, Floor, PagerKind};
use crate::units::{PAGE_SIZE, PageCount};
use crate::vm::VmBuilder;
use rows::{FORWARD, ISOLATED, SIGSEGV_FLOOR, UFFD_FLOOR, WRITE, Way, rows};

pub(super) use rows::{APART, Row, lines};
pub(in crate::lab) use rows::{EAGER, READ, RESIDENT, SIGSEGV, SLICE, SOFT, UFFD, WHOLE};
pub(in crate::lab) use tables::{
    AGAIN, KEPT, ORDER, RESIDENT_AT_ENTRY, STEPPED_HALF, STEPPED_KEPT, STEPPED_NEW, STEPPED_STORED, STORED,
};

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "fault",
    question: "What does the first touch of a page in a call cost?",
    duration,
    run,
    conclude,
    laid_once: false,
};

fn duration(settings: &Settings) -> Duration {
    rows(&settings.fault).iter().map(|row| row.cost.duration(settings, row.lines.len())).sum()
}

fn run(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let mut groups = Vec::new();
    for row in rows(&context.settings.fault) {
        groups.extend(compare(context, &row)?);
    }
    Ok(groups)
}

/// Makes one comparison of ways to touch pages.
pub(super) fn compare(context: &mut Context<'_>, row: &Row) -> Result<Option<Group>, LabError> {
    let untouched = Touch { touched: 0, ..row.touch };
    let (whole, untouched_whole) = (WholePages(row.touch), WholePages(untouched));
    let mut toucher = Vec::new();
    for line in &row.lines {
        toucher.push(match line.way {
            Way::Contract(form, pager, window) => {
                Toucher::contract(context, [&row.touch, &untouched], (form, pager, window))?
            }
            Way::WholePages => {
                let way = (Form::Slices, PagerKind::Soft, DEFAULT_WINDOW);
                Toucher::contract(context, [&whole, &untouched_whole], way)?
            }
            Way::ByHand(pager) => Toucher::by_hand(pager, &row.touch)?,
        });
    }
    let arms = row.lines.iter().zip(&mut toucher).map(|(line, toucher)| Arm {
        name: line.name.to_owned(),
        per_unit: u64::from(row.touch.touched),
        batch: Box::new(move |times| toucher.batch(times, row)),
    });
    let comparison =
        Comparison { section: row.section, title: &row.title, per: Per::Page, base: row.base, cost: row.cost };
    let Some(mut group) = context.compare(&comparison, arms.collect())? else { return Ok(None) };
    for (arm, toucher) in group.arms.iter_mut().zip(&mut toucher) {
        toucher.count(row, arm)?;
    }
    group.note = row.note.map(str::to_owned);
    Ok(Some(group))
}

/// What touches pages.
enum Toucher<'a> {
    /// A contract, and the same that touches none.
    Contract {
        pager: PagerKind,
        with: Box<Subject<'a>>,
        without: Box<Subject<'a>>,
    },
    ByHand {
        pager: PagerKind,
        floor: Box<Floor>,
        order: Vec<u32>,
        accesses: &'static [Access],
        sum: u64,
    },
}

impl<'a> Toucher<'a> {
    /// A contract that touches pages, and the same with a call that touches none.
    fn contract(
        context: &mut Context<'_>,
        workloads: [&'a dyn Workload; 2],
        (form, pager, window): (Form, PagerKind, PageCount),
    ) -> Result<Self, LabError> {
        let mut subject = |workload: &'a dyn Workload| {
            let modules = context.module_directory();
            let set = |vm: VmBuilder| vm.fault_window(window).module_cache_dir(Some(modules));
            let world = World::on_disk_with(&context.store_directory(), set)?;
            Subject::new(workload, form, pager, world).map(Box::new)
        };
        Ok(Self::Contract { pager, with: subject(workloads[0])?, without: subject(workloads[1])? })
    }

    fn by_hand(pager: PagerKind, touch: &Touch) -> Result<Self, LabError> {
        let order: Vec<u32> =
            (0..touch.touched as i32).map(|index| touch.first.wrapping_add_signed(index * touch.stride)).collect();
        // As in a contract, a window may go beyond the last page that is touched.
        let pages = order.iter().max().map_or(1, |last| last + 1) + DEFAULT_WINDOW.0;
        let floor = Floor::new(pager, pages, DEFAULT_WINDOW).map_err(by_hand(pager))?;
        let floor = floor.ok_or_else(|| by_hand(pager)(io::ErrorKind::Unsupported.into()))?;
        let accesses: &[Access] = match touch.deed {
            Deed::Read => &[Access::Read],
            Deed::Write => &[Access::Write],
            Deed::Modify => &[Access::Read, Access::Write],
        };
        let read = accesses.contains(&Access::Read);
        let sum = order.iter().map(|page| u64::from(*page) * PAGE_SIZE as u64 * u64::from(read)).sum();
        Ok(Self::ByHand { pager, floor: Box::new(floor), order, accesses, sum })
    }

    fn batch(&mut self, times: u64, row: &Row) -> Result<Duration, LabError> {
        match self {
            Self::Contract { pager: PagerKind::Eager, with, .. } => with.dry_runs(times),
            Self::Contract { with, without, .. } => {
                let before = row.half_kept.then(|| row.touch.every_second().step(0));
                let run = |subject: &mut Subject<'_>| match row.cold {
                    true => subject.cold_dry_runs(times, before.as_ref()),
                    false => subject.dry_runs(times),
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

    /// Notes what does not depend on a clock.
    fn count(&mut self, row: &Row, arm: &mut Measured) -> Result<(), LabError> {
        if let Self::Contract { with, .. } = self {
            if row.cold {
                let before = row.half_kept.then(|| row.touch.every_second().step(0));
                with.forget_frames(before.as_ref())?;
            }
            arm.counts = with.counts(Mode::DryRun)?;
            let before = row.half_kept.then(|| row.touch.every_second().step(0));
            let prepare = |subject: &Subject<'_>| match row.cold {
                true => subject.forget_frames(before.as_ref()),
                false => Ok(()),
            };
            arm.counts.extend(with.events(Mode::DryRun, prepare)?);
        }
        Ok(())
    }
}

fn by_hand(pager: PagerKind) -> impl Fn(io::Error) -> LabError {
    move |source| LabError::ByHand { pager, source }
}

fn conclude(_: &Settings, groups: Vec<Group>) -> Findings {
    let crossings = break_even::of(&groups);
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Inside the time: the touch and all that it causes in the call, to the undoing at its end. Not inside: what a call costs that touches nothing (for eager, which pays at entry, it is inside).".to_owned(),
        method: vec![
            "A dry run touches 8 bytes on each of some pages, 64 KiB apart where no other order is named. The time of the same contract's call that touches none is subtracted, and the rest divided by the pages. All contracts lie in LMDB.".to_owned(),
            "Kept frames are those of the call before, under soft, resident and for slices. The hardware pagers drop theirs at the end of each call, and read LMDB in all rows. Where pages are in LMDB only, kept frames are taken for absent before each call, outside the time; their memory stays with the process, so that the kernel's zero-fill fault is not paid again.".to_owned(),
            "Resident has no faults: what is not there it brings in at entry, whether it is touched or not, and that is subtracted with the rest of the call. Only where frames are kept its rows can be set against the others'.".to_owned(),
            "A write writes what is already there, so that no page is hashed. Its time has the comparison with the committed bytes in it.".to_owned(),
            "By hand: a loop in Rust that makes the same system calls for the same touches, with the same window, copies pages from plain memory, compares what was written and gives the memory back. It has no contract, no store and no call.".to_owned(),
            format!("sigsegv and uffd bring in up to {DEFAULT_WINDOW} pages at once when faults follow on one another, and one page where they do not; what a window brings in beyond the last page touched is in the time. Without a window it is always one."),
            "All orders and steps: so many pages are touched forward or backward, each that far from the one before; 8 B: every word of pages side by side. Where every second frame is kept, a call that touches every second page comes before each call, outside the time: soft and resident keep its frames, the others drop them. A touch of a kept frame is also what a second call finds.".to_owned(),
            "Where each page is read more than once, the reads go round its words.".to_owned(),
        ],
        groups,
        crossings,
        targets: Vec::new(),
    };
    findings.time_target("soft fault on a page whose frame is present, read", 100.0, (KEPT, READ), SOFT);
    let isolated = (ORDER, ISOLATED);
    findings.ratio_target(
        "soft with its frames kept against sigsegv, isolated read",
        1.0 / 30.0,
        (KEPT, READ),
        SOFT,
        SIGSEGV,
    );
    findings.ratio_target(
        "soft with the page in LMDB only against sigsegv, isolated read",
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
                &format!("{pager} against a loop of the same system calls, {what}"),
                1.3,
                place,
                arm,
                floor,
            );
        }
    }
    findings
}
