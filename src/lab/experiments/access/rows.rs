//! The rows of the experiment, and their arms.

use super::contract::SPAN;
use super::names::{COPY_IN, COPY_OUT, EAGER, EMPTY, HOST_CALL, OWN, READ, RECORD, REGISTER, SLICE, SOFT, WRITE};
use super::native::{Operation, Pattern};
use crate::lab::experiments::Per;
use crate::lab::experiments::call::WINDOW;
use crate::lab::experiments::fault::{SIGSEGV, UFFD};
use crate::paging::PagerKind;

/// The pattern whose words cross the end of a page. It has no arm with registers.
pub const STRADDLING: &str = "straddling two pages";

/// Lengths of copies, in bytes.
const LENGTHS: [u32; 7] = [1, 8, 32, 128, 512, 2_048, 4_096];

/// The patterns of the rows of 8-byte accesses, by name.
pub fn patterns() -> [(&'static str, Pattern); 4] {
    let page = 4_096;
    [
        ("sequential", Pattern::Stride { start: 0, step: 8, end: 65_536 }),
        ("random", Pattern::Random { count: 4_096 }),
        ("stride of 4,160", Pattern::Stride { start: 0, step: page + 64, end: SPAN - 8 }),
        (STRADDLING, Pattern::Stride { start: page - 4, step: page, end: SPAN - 8 }),
    ]
}

/// An arm of a row.
#[derive(Debug, Clone, Copy)]
pub struct ArmSpec {
    pub name: &'static str,
    pub contract: Contract,
    /// The name of the contract's function, without its pattern.
    pub function: &'static str,
    pub pager: PagerKind,
    /// The function's operation, for the native model.
    pub operation: Operation,
}

fn arm(
    name: &'static str,
    contract: Contract,
    function: &'static str,
    pager: PagerKind,
    operation: Operation,
) -> ArmSpec {
    ArmSpec { name, contract, function, pager, operation }
}

/// The contracts of the experiment.
#[derive(Debug, Clone, Copy)]
pub enum Contract {
    Mapped,
    Slices,
    Window,
}

/// The arms of the pagers that use the processor's page tables. (resident is not among them: it executes the same loads as
/// eager.)
const HARDWARE: [(&str, PagerKind); 2] = [(SIGSEGV, PagerKind::Sigsegv), (UFFD, PagerKind::Uffd)];

fn reads(pattern: &str) -> Vec<ArmSpec> {
    let mut arms = vec![
        arm(OWN, Contract::Mapped, "load own", PagerKind::Soft, Operation::Load),
        arm(SOFT, Contract::Mapped, "load mapped", PagerKind::Soft, Operation::Load),
        arm(EAGER, Contract::Mapped, "load mapped", PagerKind::Eager, Operation::Load),
    ];
    match pattern {
        STRADDLING => arms.push(arm(SLICE, Contract::Slices, "load slices", PagerKind::Soft, Operation::Load)),
        _ => arms.extend([
            arm(SLICE, Contract::Slices, "load slice", PagerKind::Soft, Operation::Load),
            arm(REGISTER, Contract::Slices, "load register", PagerKind::Soft, Operation::LoadBigEndian),
        ]),
    }
    arms
}

fn writes(pattern: &str) -> Vec<ArmSpec> {
    let mut arms = vec![
        arm(OWN, Contract::Mapped, "store own", PagerKind::Soft, Operation::Nothing),
        arm(SOFT, Contract::Mapped, "store mapped", PagerKind::Soft, Operation::Store),
        arm(EAGER, Contract::Mapped, "store mapped", PagerKind::Eager, Operation::Store),
    ];
    match pattern {
        STRADDLING => arms.push(arm(SLICE, Contract::Slices, "store slices", PagerKind::Soft, Operation::Store)),
        _ => arms.extend([
            arm(SLICE, Contract::Slices, "store slice", PagerKind::Soft, Operation::Store),
            arm(REGISTER, Contract::Slices, "store register", PagerKind::Soft, Operation::Store),
        ]),
    }
    arms
}

fn host_calls() -> Vec<ArmSpec> {
    vec![
        arm(EMPTY, Contract::Slices, "empty call", PagerKind::Soft, Operation::Nothing),
        arm("storage_read_to_mem", Contract::Slices, "load slice", PagerKind::Soft, Operation::Load),
        arm("storage_write_from_mem", Contract::Slices, "store slice", PagerKind::Soft, Operation::Store),
    ]
}

fn copies_in(length: u32) -> Vec<ArmSpec> {
    vec![
        arm(OWN, Contract::Mapped, "copy in own", PagerKind::Soft, Operation::CopyIn(length)),
        arm(SOFT, Contract::Mapped, "copy in mapped", PagerKind::Soft, Operation::CopyIn(length)),
        arm(EAGER, Contract::Mapped, "copy in mapped", PagerKind::Eager, Operation::CopyIn(length)),
        arm(SLICE, Contract::Slices, "copy in slice", PagerKind::Soft, Operation::CopyIn(length)),
    ]
}

fn copies_out(length: u32) -> Vec<ArmSpec> {
    vec![
        arm(OWN, Contract::Mapped, "copy out own", PagerKind::Soft, Operation::Nothing),
        arm(SOFT, Contract::Mapped, "copy out mapped", PagerKind::Soft, Operation::CopyOut(length)),
        arm(EAGER, Contract::Mapped, "copy out mapped", PagerKind::Eager, Operation::CopyOut(length)),
        arm(SLICE, Contract::Slices, "copy out slice", PagerKind::Soft, Operation::CopyOut(length)),
    ]
}

/// One row of the experiment.
pub struct Row {
    pub section: &'static str,
    pub title: String,
    pub per: Per,
    pub base: &'static str,
    pub pattern: Pattern,
    pub length: u32,
    pub arms: Vec<ArmSpec>,
    pub note: Option<&'static str>,
}

impl Row {
    /// Adds the arms that every row with mapped storage has: a window, and the hardware pagers.
    fn with_common_arms(mut self, pagers: &[PagerKind]) -> Self {
        let Some(&mapped) = self.arms.iter().find(|arm| arm.name == SOFT) else { return self };
        let window = match mapped.function {
            "load mapped" => "load window",
            "load record mapped" => "load record window",
            "store mapped" => "store window",
            "copy in mapped" => "copy in window",
            _ => "copy out window",
        };
        self.arms.push(arm(WINDOW, Contract::Window, window, PagerKind::Soft, mapped.operation));
        let measured = HARDWARE.into_iter().filter(|(_, pager)| pagers.contains(pager));
        self.arms.extend(measured.map(|(name, pager)| ArmSpec { name, pager, ..mapped }));
        self
    }
}

/// All rows, in the order of the report.
pub fn rows(pagers: &[PagerKind]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (section, arms) in [(READ, reads as fn(&str) -> _), (WRITE, writes)] {
        rows.extend(patterns().map(|(title, pattern)| {
            Row {
                section,
                title: title.to_owned(),
                per: Per::Access,
                base: OWN,
                pattern,
                length: 8,
                arms: arms(title),
                note: (title == STRADDLING)
                    .then_some("a slice cannot cross pages, so it takes two host calls of 4 bytes each"),
            }
        }));
    }
    rows.push(Row {
        section: RECORD,
        title: "8 words each".to_owned(),
        per: Per::Access,
        base: OWN,
        pattern: Pattern::Stride { start: 0, step: 64, end: 65_536 },
        length: 8,
        arms: vec![
            arm(OWN, Contract::Mapped, "load record own", PagerKind::Soft, Operation::LoadRecord),
            arm(SOFT, Contract::Mapped, "load record mapped", PagerKind::Soft, Operation::LoadRecord),
            arm(EAGER, Contract::Mapped, "load record mapped", PagerKind::Eager, Operation::LoadRecord),
        ],
        note: Some(
            "under soft, two of the eight reads of a record have a page check; the words between them need none",
        ),
    });
    rows.push(Row {
        section: HOST_CALL,
        title: "sequential".to_owned(),
        per: Per::Access,
        base: EMPTY,
        pattern: patterns()[0].1,
        length: 8,
        arms: host_calls(),
        note: Some("the empty host call is vellum.input_len"),
    });
    for (section, arms) in [(COPY_IN, copies_in as fn(u32) -> _), (COPY_OUT, copies_out)] {
        rows.extend(LENGTHS.map(|length| Row {
            section,
            title: format!("{length} B"),
            per: Per::Copy,
            base: OWN,
            pattern: Pattern::Stride { start: 0, step: length.max(8), end: 65_536 },
            length,
            arms: arms(length),
            note: None,
        }));
    }
    rows.into_iter().map(|row| row.with_common_arms(pagers)).collect()
}
