//! What is compared with what: the rows of the experiment, and the lines of each.

use super::contract::SPAN;
use super::names::{COPY_IN, COPY_OUT, EAGER, EMPTY, HOST_CALL, OWN, READ, RECORD, REGISTER, SLICE, SOFT, WRITE};
use super::native::{Deed, Pattern};
use crate::lab::experiments::Per;
use crate::lab::experiments::call::WINDOW;
use crate::lab::experiments::fault::{SIGSEGV, UFFD};
use crate::paging::PagerKind;

/// The pattern that has no register form: a value in two pieces.
pub const STRADDLING: &str = "straddling two pages";

/// Bytes copied at once.
const LENGTHS: [u32; 7] = [1, 8, 32, 128, 512, 2_048, 4_096];

/// Rows of 8-byte accesses: the pattern's name and where it goes.
pub fn patterns() -> [(&'static str, Pattern); 4] {
    let page = 4_096;
    [
        ("sequential", Pattern::Sweep { start: 0, step: 8, end: 65_536 }),
        ("random", Pattern::Random { count: 4_096 }),
        ("stride of 4,160", Pattern::Sweep { start: 0, step: page + 64, end: SPAN - 8 }),
        (STRADDLING, Pattern::Sweep { start: page - 4, step: page, end: SPAN - 8 }),
    ]
}

/// A line of a comparison: its name, the contract's function and pager, and what that has to do.
pub type Line = (&'static str, Subject, &'static str, PagerKind, Deed);

/// Which of the contracts.
#[derive(Debug, Clone, Copy)]
pub enum Subject {
    Mapped,
    Slices,
    Window,
}

/// Pagers that present storage by the processor's page tables, and the arms that they have where they are measured.
/// (resident executes the loads of eager.)
const HARDWARE: [(&str, PagerKind); 2] = [(SIGSEGV, PagerKind::Sigsegv), (UFFD, PagerKind::Uffd)];

fn reads(pattern: &str) -> Vec<Line> {
    let mut lines = vec![
        (OWN, Subject::Mapped, "load own", PagerKind::Soft, Deed::Load),
        (SOFT, Subject::Mapped, "load mapped", PagerKind::Soft, Deed::Load),
        (EAGER, Subject::Mapped, "load mapped", PagerKind::Eager, Deed::Load),
    ];
    match pattern {
        STRADDLING => lines.push((SLICE, Subject::Slices, "load slices", PagerKind::Soft, Deed::Load)),
        _ => lines.extend([
            (SLICE, Subject::Slices, "load slice", PagerKind::Soft, Deed::Load),
            (REGISTER, Subject::Slices, "load register", PagerKind::Soft, Deed::LoadBigEndian),
        ]),
    }
    lines
}

fn writes(pattern: &str) -> Vec<Line> {
    let mut lines = vec![
        (OWN, Subject::Mapped, "store own", PagerKind::Soft, Deed::Nothing),
        (SOFT, Subject::Mapped, "store mapped", PagerKind::Soft, Deed::Store),
        (EAGER, Subject::Mapped, "store mapped", PagerKind::Eager, Deed::Store),
    ];
    match pattern {
        STRADDLING => lines.push((SLICE, Subject::Slices, "store slices", PagerKind::Soft, Deed::Store)),
        _ => lines.extend([
            (SLICE, Subject::Slices, "store slice", PagerKind::Soft, Deed::Store),
            (REGISTER, Subject::Slices, "store register", PagerKind::Soft, Deed::Store),
        ]),
    }
    lines
}

fn host_calls() -> Vec<Line> {
    vec![
        (EMPTY, Subject::Slices, "empty call", PagerKind::Soft, Deed::Nothing),
        ("storage_read_to_mem", Subject::Slices, "load slice", PagerKind::Soft, Deed::Load),
        ("storage_write_from_mem", Subject::Slices, "store slice", PagerKind::Soft, Deed::Store),
    ]
}

fn copies_in(length: u32) -> Vec<Line> {
    vec![
        (OWN, Subject::Mapped, "copy in own", PagerKind::Soft, Deed::CopyIn(length)),
        (SOFT, Subject::Mapped, "copy in mapped", PagerKind::Soft, Deed::CopyIn(length)),
        (EAGER, Subject::Mapped, "copy in mapped", PagerKind::Eager, Deed::CopyIn(length)),
        (SLICE, Subject::Slices, "copy in slice", PagerKind::Soft, Deed::CopyIn(length)),
    ]
}

fn copies_out(length: u32) -> Vec<Line> {
    vec![
        (OWN, Subject::Mapped, "copy out own", PagerKind::Soft, Deed::Nothing),
        (SOFT, Subject::Mapped, "copy out mapped", PagerKind::Soft, Deed::CopyOut(length)),
        (EAGER, Subject::Mapped, "copy out mapped", PagerKind::Eager, Deed::CopyOut(length)),
        (SLICE, Subject::Slices, "copy out slice", PagerKind::Soft, Deed::CopyOut(length)),
    ]
}

/// One comparison of the experiment.
pub struct Row {
    pub section: &'static str,
    pub title: String,
    pub per: Per,
    pub base: &'static str,
    pub pattern: Pattern,
    pub length: u32,
    pub lines: Vec<Line>,
    pub note: Option<&'static str>,
}

impl Row {
    /// The same with what mapped storage can be compared with in every row: a window, and the hardware's page tables.
    fn with_others(mut self, pagers: &[PagerKind]) -> Self {
        let Some(&(_, subject, function, _, deed)) = self.lines.iter().find(|line| line.0 == SOFT) else { return self };
        let window = match function {
            "load mapped" => "load window",
            "load record mapped" => "load record window",
            "store mapped" => "store window",
            "copy in mapped" => "copy in window",
            _ => "copy out window",
        };
        self.lines.push((WINDOW, Subject::Window, window, PagerKind::Soft, deed));
        let measured = HARDWARE.into_iter().filter(|(_, pager)| pagers.contains(pager));
        self.lines.extend(measured.map(|(name, pager)| (name, subject, function, pager, deed)));
        self
    }
}

/// All comparisons, in the order of the report.
pub fn rows(pagers: &[PagerKind]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (section, lines) in [(READ, reads as fn(&str) -> _), (WRITE, writes)] {
        rows.extend(patterns().map(|(title, pattern)| Row {
            section,
            title: title.to_owned(),
            per: Per::Access,
            base: OWN,
            pattern,
            length: 8,
            lines: lines(title),
            note: (title == STRADDLING).then_some("a slice never crosses a page: two host calls of 4 bytes each"),
        }));
    }
    rows.push(Row {
        section: RECORD,
        title: "8 words each".to_owned(),
        per: Per::Access,
        base: OWN,
        pattern: Pattern::Sweep { start: 0, step: 64, end: 65_536 },
        length: 8,
        lines: vec![
            (OWN, Subject::Mapped, "load record own", PagerKind::Soft, Deed::LoadRecord),
            (SOFT, Subject::Mapped, "load record mapped", PagerKind::Soft, Deed::LoadRecord),
            (EAGER, Subject::Mapped, "load record mapped", PagerKind::Eager, Deed::LoadRecord),
        ],
        note: Some("under soft two of a record's eight reads are checked: what lies between them cannot fail"),
    });
    rows.push(Row {
        section: HOST_CALL,
        title: "sequential".to_owned(),
        per: Per::Access,
        base: EMPTY,
        pattern: patterns()[0].1,
        length: 8,
        lines: host_calls(),
        note: Some("the empty call is vellum.input_len, which looks nothing up"),
    });
    for (section, lines) in [(COPY_IN, copies_in as fn(u32) -> _), (COPY_OUT, copies_out)] {
        rows.extend(LENGTHS.map(|length| Row {
            section,
            title: format!("{length} B"),
            per: Per::Copy,
            base: OWN,
            pattern: Pattern::Sweep { start: 0, step: length.max(8), end: 65_536 },
            length,
            lines: lines(length),
            note: None,
        }));
    }
    rows.into_iter().map(|row| row.with_others(pagers)).collect()
}
