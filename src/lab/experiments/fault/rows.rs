//! What is compared with what: the rows of the experiment and the arms of each.

use super::{AGAIN, KEPT, NEW, ORDER, STORED};
use crate::lab::experiments::context::Sizes;
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
    pub lines: Vec<Line>,
    /// One of how many rounds is taken.
    pub thinned: u32,
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
pub fn rows(sizes: Sizes) -> Vec<Row> {
    let pages = match sizes {
        Sizes::Standard => 256,
        Sizes::Tiny => 4,
    };
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
            lines: lines(&[SLICE, SOFT, RESIDENT, EAGER, SIGSEGV, UFFD]),
            thinned: 1,
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
            lines: lines(&[SLICE, SOFT, SIGSEGV, UFFD, SIGSEGV_FLOOR, UFFD_FLOOR]),
            thinned: 1,
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
            lines: lines(&[SLICE, SOFT, SIGSEGV, UFFD]),
            thinned: 1,
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
            lines: lines(&[SOFT, SIGSEGV, SIGSEGV_SINGLE, UFFD, UFFD_SINGLE, SIGSEGV_FLOOR, UFFD_FLOOR]),
            thinned: 1,
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
            lines: lines(&[SOFT, RESIDENT, SIGSEGV, UFFD]),
            thinned: 1,
            note: None,
        });
    }
    rows
}
