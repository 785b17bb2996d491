//! What is compared with what: the rows of the experiment and the arms of each.

use super::tables::{AGAIN, KEPT, NEW, ORDER, STEPPED_HALF, STEPPED_KEPT, STEPPED_NEW, STEPPED_STORED, STORED};
use crate::lab::experiments::Cost;
use crate::lab::settings::FaultSettings;
use crate::lab::workloads::{Deed, Form, Touch};
use crate::paging::PagerKind;
use crate::units::PageCount;

/// Names of the arms.
pub const SLICE: &str = "slice to memory";
pub const WHOLE: &str = "slice of the whole page";
pub const SOFT: &str = "mapped, soft";
pub const RESIDENT: &str = "mapped, resident";
pub const EAGER: &str = "mapped, eager";
pub const SIGSEGV: &str = "mapped, sigsegv";
pub const UFFD: &str = "mapped, uffd";
const SIGSEGV_SINGLE: &str = "sigsegv, no window";
const UFFD_SINGLE: &str = "uffd, no window";
pub const SIGSEGV_FLOOR: &str = "sigsegv by hand";
pub const UFFD_FLOOR: &str = "uffd by hand";

/// Names of the rows.
pub const READ: &str = "read";
pub const WRITE: &str = "write";
pub const MODIFY: &str = "write after read";
pub const FORWARD: &str = "forward";
pub const ISOLATED: &str = "64 KiB apart";
const DEEDS: [(&str, Deed); 3] = [(READ, Deed::Read), (WRITE, Deed::Write), (MODIFY, Deed::Modify)];

/// Pages from one to the next where each is to be far from the others: 64 KiB.
pub const APART: i32 = 16;

/// Words touched on each page, in the rows that go on touching.
const WORDS: [u32; 5] = [1, 16, 256, 4_096, 65_536];

/// Nearly all of a sample is what it is about.
const COST: Cost = Cost::new(125, 20);

/// Few reads are little beside the call that they are in.
const AGAIN_COST: Cost = Cost::new(180, 15);

/// How an arm touches pages.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// A contract under a pager, with a window of at most so many pages.
    Contract(Form, PagerKind, PageCount),
    /// A contract that copies whole pages to its own memory and touches them there.
    WholePages,
    /// A loop of the pager's system calls.
    ByHand(PagerKind),
}

/// One arm.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub name: &'static str,
    pub way: Way,
}

/// One comparison.
#[derive(Debug, Clone)]
pub struct Row {
    pub section: &'static str,
    pub title: String,
    pub base: &'static str,
    pub touch: Touch,
    /// Whether frames are forgotten before each call.
    pub cold: bool,
    /// Whether every second page is then touched by a call before, which is not timed.
    pub half_kept: bool,
    pub lines: Vec<Line>,
    pub cost: Cost,
    pub note: Option<&'static str>,
}

/// The arms of these names that this host can run.
pub fn lines(names: &[&'static str]) -> Vec<Line> {
    let window = crate::paging::DEFAULT_WINDOW;
    let way = |name: &str| match name {
        SLICE => Way::Contract(Form::Slices, PagerKind::Soft, window),
        RESIDENT => Way::Contract(Form::Mapped, PagerKind::Resident, window),
        EAGER => Way::Contract(Form::Mapped, PagerKind::Eager, window),
        SIGSEGV => Way::Contract(Form::Mapped, PagerKind::Sigsegv, window),
        SIGSEGV_SINGLE => Way::Contract(Form::Mapped, PagerKind::Sigsegv, PageCount(1)),
        UFFD => Way::Contract(Form::Mapped, PagerKind::Uffd, window),
        UFFD_SINGLE => Way::Contract(Form::Mapped, PagerKind::Uffd, PageCount(1)),
        WHOLE => Way::WholePages,
        SIGSEGV_FLOOR => Way::ByHand(PagerKind::Sigsegv),
        UFFD_FLOOR => Way::ByHand(PagerKind::Uffd),
        _ => Way::Contract(Form::Mapped, PagerKind::Soft, window),
    };
    let runs = |line: &Line| match line.way {
        Way::Contract(_, pager, _) | Way::ByHand(pager) => pager.availability().is_ok(),
        Way::WholePages => true,
    };
    names.iter().map(|name| Line { name, way: way(name) }).filter(runs).collect()
}

/// All comparisons, in the order of the report.
pub fn rows(settings: &FaultSettings) -> Vec<Row> {
    let pages = settings.pages;
    let touch = |deed, stride| Touch { deed, first: 1, stride, pages, touched: pages, words: 1, stored: true };
    let mut rows = Vec::new();
    for (title, deed) in DEEDS {
        let note = "eager copies every stored page at entry, touched or not: its whole call is counted";
        rows.push(Row {
            section: KEPT,
            title: title.to_owned(),
            base: SLICE,
            touch: touch(deed, APART),
            cold: false,
            half_kept: false,
            lines: lines(&[SLICE, SOFT, RESIDENT, EAGER, SIGSEGV, UFFD]),
            cost: COST,
            note: Some(note),
        });
    }
    for (title, deed) in DEEDS {
        rows.push(Row {
            section: STORED,
            title: title.to_owned(),
            base: SLICE,
            touch: touch(deed, APART),
            cold: true,
            half_kept: false,
            lines: lines(&[SLICE, SOFT, SIGSEGV, UFFD, SIGSEGV_FLOOR, UFFD_FLOOR]),
            cost: COST,
            note: None,
        });
    }
    for (title, deed) in [(READ, Deed::Read), (WRITE, Deed::Write)] {
        rows.push(Row {
            section: NEW,
            title: title.to_owned(),
            base: SLICE,
            touch: Touch { stored: false, ..touch(deed, APART) },
            cold: true,
            half_kept: false,
            lines: lines(&[SLICE, SOFT, SIGSEGV, UFFD]),
            cost: COST,
            note: None,
        });
    }
    for (title, stride) in [(FORWARD, 1), ("backward", -1), ("8 KiB apart", 2), (ISOLATED, APART)] {
        let first = if stride < 0 { pages } else { 1 };
        rows.push(Row {
            section: ORDER,
            title: title.to_owned(),
            base: SOFT,
            touch: Touch { first, ..touch(Deed::Read, stride) },
            cold: true,
            half_kept: false,
            lines: lines(&[SOFT, SIGSEGV, SIGSEGV_SINGLE, UFFD, UFFD_SINGLE, SIGSEGV_FLOOR, UFFD_FLOOR]),
            cost: COST,
            note: None,
        });
    }
    for words in WORDS {
        let pages = pages.min(32);
        rows.push(Row {
            section: AGAIN,
            title: words.to_string(),
            base: SOFT,
            touch: Touch { pages, touched: pages, words, ..touch(Deed::Read, APART) },
            cold: false,
            half_kept: false,
            lines: lines(&[SOFT, RESIDENT, SIGSEGV, UFFD]),
            cost: AGAIN_COST,
            note: None,
        });
    }
    rows.extend(stepped(settings));
    rows
}

/// There are many of these rows, and where frames are kept the calls of a difference hardly differ.
const STEPPED_COST: Cost = Cost::new(220, 25).thinned(5);

/// Every order, step and source of pages.
fn stepped(settings: &FaultSettings) -> Vec<Row> {
    let count = settings.stepped_pages;
    let mut rows = Vec::new();
    for (section, stored, cold, half_kept) in [
        (STEPPED_STORED, true, true, false),
        (STEPPED_KEPT, true, false, false),
        (STEPPED_HALF, true, true, true),
        (STEPPED_NEW, false, true, false),
    ] {
        for (deed, did) in [(Deed::Read, READ), (Deed::Write, WRITE)] {
            for (way, direction) in [(FORWARD, 1), ("backward", -1)] {
                for step in &settings.steps_in_pages {
                    // Step 0 goes on within a page: every word of it.
                    let (apart, words) = if *step == 0 { (1, 512) } else { (*step as i32, 1) };
                    let first = if direction < 0 { 1 + apart.unsigned_abs() * (count - 1) } else { 1 };
                    let pages = if half_kept { count / 2 * 2 } else { count };
                    let stride = apart * direction;
                    let touch = Touch { deed, first, stride, pages, touched: pages, words, stored };
                    rows.push(Row {
                        section,
                        title: format!("{did}, {way}, {}", step_name(*step)),
                        base: SLICE,
                        touch,
                        cold,
                        half_kept,
                        lines: lines(&[SLICE, SOFT, RESIDENT, SIGSEGV, UFFD]),
                        cost: STEPPED_COST,
                        note: None,
                    });
                }
            }
        }
    }
    rows
}

fn step_name(pages: u32) -> String {
    match pages {
        0 => "8 B".to_owned(),
        pages if pages < 256 => format!("{} KiB", pages * 4),
        pages => format!("{} MiB", pages / 256),
    }
}
