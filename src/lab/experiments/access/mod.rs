//! What does one access to storage cost inside a contract?

mod contract;
mod native;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use super::context::Comparison;
use super::{Context, Experiment, Findings, Group, Per, Settings};
use crate::exec::{Call, Receipt, Value};
use crate::lab::LabError;
use crate::lab::measure::Arm;
use crate::lab::workloads::{World, call, returned};
use crate::paging::PagerKind;
use crate::units::{Address, StateRoot};
use contract::SPAN;
use native::{Deed, Pattern, initial, pass};

pub(in crate::lab) const EXPERIMENT: Experiment =
    Experiment { name: "access", question: "What does one access to storage cost inside the contract?", duration, run };

/// Names of the tables, which the page refers to.
pub(in crate::lab) const READ: &str = "8-byte read";
pub(in crate::lab) const WRITE: &str = "8-byte write";
pub(in crate::lab) const HOST_CALL: &str = "8-byte slice against an empty host call";
pub(in crate::lab) const COPY_IN: &str = "copy from storage";
pub(in crate::lab) const COPY_OUT: &str = "copy to storage";

/// Names of the arms.
pub(in crate::lab) const OWN: &str = "own memory";
pub(in crate::lab) const SOFT: &str = "mapped, soft";
pub(in crate::lab) const EAGER: &str = "mapped, eager";
pub(in crate::lab) const SLICE: &str = "slice to memory";
pub(in crate::lab) const REGISTER: &str = "slice to register";
pub(in crate::lab) const EMPTY: &str = "empty host call";

/// The pattern that has no register form: a value in two pieces.
const STRADDLING: &str = "straddling two pages";

/// Bytes copied at once.
const LENGTHS: [u32; 7] = [1, 8, 32, 128, 512, 2_048, 4_096];

/// Rows of 8-byte accesses: the pattern's name and where it goes.
fn patterns() -> [(&'static str, Pattern); 4] {
    let page = 4_096;
    [
        ("sequential", Pattern::Sweep { start: 0, step: 8, end: 65_536 }),
        ("random", Pattern::Random { count: 4_096 }),
        ("stride of 4,160", Pattern::Sweep { start: 0, step: page + 64, end: SPAN - 8 }),
        (STRADDLING, Pattern::Sweep { start: page - 4, step: page, end: SPAN - 8 }),
    ]
}

/// A line of a comparison: its name, the contract's function and pager, and what that has to do.
type Line = (&'static str, Subject, &'static str, PagerKind, Deed);

#[derive(Debug, Clone, Copy)]
enum Subject {
    Mapped,
    Slices,
}

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
struct Row {
    section: &'static str,
    title: String,
    per: Per,
    base: &'static str,
    pattern: Pattern,
    length: u32,
    lines: Vec<Line>,
    note: Option<&'static str>,
}

fn rows() -> Vec<Row> {
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
    rows
}

fn duration(settings: &Settings) -> Duration {
    settings.duration(rows().iter().map(|row| row.lines.len()).sum())
}

/// The two contracts, each in a world of its own.
struct Deployed {
    world: World,
    address: Address,
}

impl Deployed {
    fn new(source: &str) -> Result<Self, LabError> {
        let world = World::in_memory()?;
        let address = world.deploy(source)?;
        let filled = world.call(&call(address, "fill", Vec::new(), PagerKind::Soft))?;
        returned("filling storage", &filled)?;
        Ok(Self { world, address })
    }
}

fn run(context: &mut Context<'_>) -> Result<Findings, LabError> {
    let deployed = [Deployed::new(&contract::mapped())?, Deployed::new(&contract::slices())?];
    let mut groups = Vec::new();
    for row in rows() {
        let arms = row.lines.iter().map(|line| arm(&deployed, &row, line)).collect();
        let comparison = Comparison { section: row.section, title: &row.title, per: row.per, base: row.base };
        let group = context.compare(&comparison, arms)?;
        groups.extend(group.map(|group| Group { note: row.note.map(str::to_owned), ..group }));
    }
    Ok(findings(groups))
}

fn arm<'a>(deployed: &'a [Deployed; 2], row: &Row, line: &Line) -> Arm<'a> {
    let &(name, subject, function, pager, deed) = line;
    let Deployed { world, address } = match subject {
        Subject::Mapped => &deployed[0],
        Subject::Slices => &deployed[1],
    };
    let function = row.pattern.function(function);
    let (sum, storage) = match name {
        // Its own memory holds what storage held, and storage stays as it was.
        OWN => (pass(row.pattern, deed).0, initial()),
        _ => pass(row.pattern, deed),
    };
    let judge = Judge { what: format!("{function} ({pager})"), sum, state: storage.state_root(address) };
    let mut arguments = vec![Value::I64(1)];
    arguments.extend(row.pattern.arguments());
    arguments.push(Value::I32(row.length as i32));
    let make = move |passes: u64| {
        let mut arguments = arguments.clone();
        arguments[0] = Value::I64(passes as i64);
        call(*address, &function, arguments, pager)
    };
    let once = make(1);
    let batch = move |passes: u64| {
        let (short, few) = timed(world, &once)?;
        let (long, many) = timed(world, &make(passes + 1))?;
        judge.check(&few, 1)?;
        judge.check(&many, passes + 1)?;
        Ok(long.saturating_sub(short))
    };
    Arm { name: name.to_owned(), per_unit: row.pattern.addresses().len() as u64, batch: Box::new(batch) }
}

fn timed(world: &World, call: &Call) -> Result<(Duration, Receipt), LabError> {
    let start = Instant::now();
    let receipt = world.dry_run(call)?;
    Ok((start.elapsed(), receipt))
}

/// Knows what a call must give.
struct Judge {
    what: String,
    sum: u64,
    state: StateRoot,
}

impl Judge {
    fn check(&self, receipt: &Receipt, passes: u64) -> Result<(), LabError> {
        let expected = self.sum.wrapping_mul(passes) as i64;
        let found = returned(&self.what, receipt)?;
        if found != expected {
            return Err(LabError::WrongResult { what: self.what.clone(), found: found.to_string(), expected });
        }
        match receipt.contracts.first().map(|contract| contract.state_after) {
            Some(found) if found == self.state => Ok(()),
            found => Err(LabError::WrongState {
                what: self.what.clone(),
                found: found.unwrap_or_default(),
                expected: self.state,
            }),
        }
    }
}

fn findings(groups: Vec<Group>) -> Findings {
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Inside the time: the access, the loop around it, gas. Not inside: everything that a call costs once."
            .to_owned(),
        method: vec![
            "A contract goes many times over the same addresses in a tight loop, one access a turn. A sample is the time of such a call less the time of the same call with one pass, divided by the accesses that it has more: entry, first touches, diff and hashing are the same in both and cancel out.".to_owned(),
            format!("Sequential accesses go over 64 KiB, the others over {} KiB; own memory holds the same bytes as storage. A read's value is added up and checked, a slice's too; what writes leave is checked by the state root.", SPAN / 1_024),
            "Copies of n bytes are memory.copy in the mapped form, and one host call in the slice form; each is followed by a one-byte load of what was copied in.".to_owned(),
            "Slices run under the pager soft, in a contract that maps no storage, which is the best that they get here.".to_owned(),
        ],
        groups,
        targets: Vec::new(),
    };
    let first = "sequential";
    findings.ratio_target("8-byte mapped load (soft) against own memory", 2.0, (READ, first), SOFT, OWN);
    findings.ratio_target("8-byte mapped store (soft) against own memory", 2.5, (WRITE, first), SOFT, OWN);
    let claim = "8-byte storage_read_to_mem against an empty host call";
    findings.ratio_target(claim, 4.0, (HOST_CALL, first), "storage_read_to_mem", EMPTY);
    findings
}
