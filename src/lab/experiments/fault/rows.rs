//! The rows of the experiment, and their arms.

use super::tables::{KEPT, MANY_READS, NEW, ORDER, STEPPED_HALF, STEPPED_KEPT, STEPPED_NEW, STEPPED_STORED, STORED};
use crate::lab::experiments::Cost;
use crate::lab::settings::FaultSettings;
use crate::lab::workloads::{AccessKind, Form, Step, Touch, Workload};
use crate::paging::{DEFAULT_WINDOW, PagerKind};
use crate::units::PageCount;

/// The names of the arms.
pub const SLICE: &str = "slice to memory";
pub const WHOLE: &str = "slice of the whole page";
pub const SOFT: &str = "mapped, soft";
pub const RESIDENT: &str = "mapped, resident";
pub const EAGER: &str = "mapped, eager";
pub const SIGSEGV: &str = "mapped, sigsegv";
pub const UFFD: &str = "mapped, uffd";
const SIGSEGV_SINGLE: &str = "sigsegv, one page per fault";
const UFFD_SINGLE: &str = "uffd, one page per fault";
pub const SIGSEGV_FLOOR: &str = "sigsegv by hand";
pub const UFFD_FLOOR: &str = "uffd by hand";

/// The names of the rows.
pub const READ: &str = "read";
pub const WRITE: &str = "write";
pub const MODIFY: &str = "write after read";
pub const FORWARD: &str = "forward";
pub const ISOLATED: &str = "64 KiB apart";
const ACCESS_KINDS: [(&str, AccessKind); 3] =
    [(READ, AccessKind::Read), (WRITE, AccessKind::Write), (MODIFY, AccessKind::Modify)];

/// The distance of isolated pages, in pages: 64 KiB.
pub const APART: i32 = 16;

/// Reads of each page, in the rows with many reads.
const READS: [u32; 5] = [1, 16, 256, 4_096, 65_536];

/// Nearly all of a sample is timed.
const COST: Cost = Cost::new(125, 20);

/// Few reads are short against the call that makes them.
const MANY_READS_COST: Cost = Cost::new(180, 15);

/// How an arm touches pages.
#[derive(Debug, Clone, Copy)]
pub enum ArmKind {
    /// A contract under a pager, with a limit of the fault window.
    Contract { form: Form, pager: PagerKind, fault_window: PageCount },
    /// A contract that copies whole pages to own memory and accesses them there.
    WholePages,
    /// A loop of the pager's system calls.
    ByHand(PagerKind),
}

impl ArmKind {
    fn mapped(pager: PagerKind) -> Self {
        Self::Contract { form: Form::Mapped, pager, fault_window: DEFAULT_WINDOW }
    }

    fn one_page_per_fault(pager: PagerKind) -> Self {
        Self::Contract { form: Form::Mapped, pager, fault_window: PageCount(1) }
    }

    fn is_available(self) -> bool {
        match self {
            Self::Contract { pager, .. } | Self::ByHand(pager) => pager.availability().is_ok(),
            Self::WholePages => true,
        }
    }
}

/// An arm.
#[derive(Debug, Clone, Copy)]
pub struct ArmSpec {
    pub name: &'static str,
    pub kind: ArmKind,
}

/// The frames that are kept when a timed call starts, under a pager that keeps frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptFrames {
    /// Those of all touched pages.
    All,
    /// None: kept frames are dropped before each call.
    None,
    /// Those of every second touched page: a call before each timed call touches these.
    EverySecond,
}

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    pub section: &'static str,
    pub title: String,
    pub base: &'static str,
    pub touch: Touch,
    pub kept_frames: KeptFrames,
    pub arms: Vec<ArmSpec>,
    pub cost: Cost,
    pub note: Option<&'static str>,
}

impl Row {
    /// The step that runs before each timed call and leaves its frames, if there is one.
    pub fn warm_up(&self) -> Option<Step> {
        (self.kept_frames == KeptFrames::EverySecond).then(|| self.touch.every_second().step(0))
    }
}

/// The arms of these names that this host can run.
pub fn arms(names: &[&'static str]) -> Vec<ArmSpec> {
    let kind = |name: &str| match name {
        SLICE => ArmKind::Contract { form: Form::Slices, pager: PagerKind::Soft, fault_window: DEFAULT_WINDOW },
        RESIDENT => ArmKind::mapped(PagerKind::Resident),
        EAGER => ArmKind::mapped(PagerKind::Eager),
        SIGSEGV => ArmKind::mapped(PagerKind::Sigsegv),
        SIGSEGV_SINGLE => ArmKind::one_page_per_fault(PagerKind::Sigsegv),
        UFFD => ArmKind::mapped(PagerKind::Uffd),
        UFFD_SINGLE => ArmKind::one_page_per_fault(PagerKind::Uffd),
        WHOLE => ArmKind::WholePages,
        SIGSEGV_FLOOR => ArmKind::ByHand(PagerKind::Sigsegv),
        UFFD_FLOOR => ArmKind::ByHand(PagerKind::Uffd),
        _ => ArmKind::mapped(PagerKind::Soft),
    };
    names.iter().map(|name| ArmSpec { name, kind: kind(name) }).filter(|arm| arm.kind.is_available()).collect()
}

/// All rows, in the order of the report.
pub fn rows(settings: &FaultSettings) -> Vec<Row> {
    let pages = settings.pages;
    let touch = |access, stride| Touch { access, first: 1, stride, pages, touched: pages, words: 1, stored: true };
    let mut rows = Vec::new();
    for (title, access) in ACCESS_KINDS {
        let note = "eager copies every stored page at the start of the call, touched or not, so its time is that of the whole call";
        rows.push(Row {
            section: KEPT,
            title: title.to_owned(),
            base: SLICE,
            touch: touch(access, APART),
            kept_frames: KeptFrames::All,
            arms: arms(&[SLICE, SOFT, RESIDENT, EAGER, SIGSEGV, UFFD]),
            cost: COST,
            note: Some(note),
        });
    }
    for (title, access) in ACCESS_KINDS {
        rows.push(Row {
            section: STORED,
            title: title.to_owned(),
            base: SLICE,
            touch: touch(access, APART),
            kept_frames: KeptFrames::None,
            arms: arms(&[SLICE, SOFT, SIGSEGV, UFFD, SIGSEGV_FLOOR, UFFD_FLOOR]),
            cost: COST,
            note: None,
        });
    }
    for (title, access) in [(READ, AccessKind::Read), (WRITE, AccessKind::Write)] {
        rows.push(Row {
            section: NEW,
            title: title.to_owned(),
            base: SLICE,
            touch: Touch { stored: false, ..touch(access, APART) },
            kept_frames: KeptFrames::None,
            arms: arms(&[SLICE, SOFT, SIGSEGV, UFFD]),
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
            touch: Touch { first, ..touch(AccessKind::Read, stride) },
            kept_frames: KeptFrames::None,
            arms: arms(&[SOFT, SIGSEGV, SIGSEGV_SINGLE, UFFD, UFFD_SINGLE, SIGSEGV_FLOOR, UFFD_FLOOR]),
            cost: COST,
            note: None,
        });
    }
    for words in READS {
        let pages = pages.min(32);
        rows.push(Row {
            section: MANY_READS,
            title: words.to_string(),
            base: SOFT,
            touch: Touch { pages, touched: pages, words, ..touch(AccessKind::Read, APART) },
            kept_frames: KeptFrames::All,
            arms: arms(&[SOFT, RESIDENT, SIGSEGV, UFFD]),
            cost: MANY_READS_COST,
            note: None,
        });
    }
    rows.extend(stepped(settings));
    rows
}

/// There are many of these rows. With kept frames, the two calls of a difference hardly differ.
const STEPPED_COST: Cost = Cost::new(220, 25).thinned(5);

/// The rows of all orders and steps, for every state of the pages.
fn stepped(settings: &FaultSettings) -> Vec<Row> {
    let count = settings.stepped_pages;
    let mut rows = Vec::new();
    for (section, stored, kept_frames) in [
        (STEPPED_STORED, true, KeptFrames::None),
        (STEPPED_KEPT, true, KeptFrames::All),
        (STEPPED_HALF, true, KeptFrames::EverySecond),
        (STEPPED_NEW, false, KeptFrames::None),
    ] {
        for (access, access_name) in [(AccessKind::Read, READ), (AccessKind::Write, WRITE)] {
            for (direction, sign) in [(FORWARD, 1), ("backward", -1)] {
                for step in &settings.steps_in_pages {
                    // Step 0 stands for every word of consecutive pages.
                    let (distance, words) = if *step == 0 { (1, 512) } else { (*step as i32, 1) };
                    let first = if sign < 0 { 1 + distance.unsigned_abs() * (count - 1) } else { 1 };
                    let pages = if kept_frames == KeptFrames::EverySecond { count / 2 * 2 } else { count };
                    let stride = distance * sign;
                    let touch = Touch { access, first, stride, pages, touched: pages, words, stored };
                    rows.push(Row {
                        section,
                        title: format!("{access_name}, {direction}, {}", step_name(*step)),
                        base: SLICE,
                        touch,
                        kept_frames,
                        arms: arms(&[SLICE, SOFT, RESIDENT, SIGSEGV, UFFD]),
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
