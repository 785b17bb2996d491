//! From how many accesses to a page does mapping pay?

mod meeting;
mod tables;
#[cfg(test)]
mod tests;

use std::time::Duration;

use super::fault::{self, APART, KeptFrames, Row, arms};
use super::{Context, Cost, Experiment, Findings, Group};
use crate::lab::workloads::{AccessKind, Touch};
use crate::lab::{LabError, Settings};

use meeting::crossovers;

pub(in crate::lab) use tables::{CHANGES, COLD, READS};

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "crossover",
    question: "From how many accesses to a page does mapping pay?",
    duration,
    run,
    conclude,
    has_one_laying: false,
};

/// A table: how each word is accessed, and which frames are kept.
struct Table {
    section: &'static str,
    access: AccessKind,
    kept_frames: KeptFrames,
}

const TABLES: [Table; 3] = [
    Table { section: READS, access: AccessKind::Read, kept_frames: KeptFrames::All },
    Table { section: CHANGES, access: AccessKind::Modify, kept_frames: KeptFrames::All },
    Table { section: COLD, access: AccessKind::Read, kept_frames: KeptFrames::None },
];

/// Words accessed on each page, up to all of them.
const WORDS: [u32; 8] = [1, 2, 4, 8, 16, 32, 128, 512];

/// A third of the rounds: there are many rows, and every crossover depends on all rows of a table.
const COST: Cost = Cost::new(150, 14).thinned(3);

fn rows(pages: u32) -> Vec<Row> {
    let warm = [fault::SLICE, fault::WHOLE, fault::SOFT, fault::RESIDENT, fault::SIGSEGV, fault::UFFD];
    // resident loads all pages at the start of a call, so it has no cold touches.
    let cold = [fault::SLICE, fault::WHOLE, fault::SOFT, fault::SIGSEGV, fault::UFFD];
    let row = |table: &Table, words: u32| Row {
        section: table.section,
        title: words.to_string(),
        base: fault::SLICE,
        touch: Touch { access: table.access, first: 1, stride: APART, pages, touched: pages, words, stored: true },
        kept_frames: table.kept_frames,
        arms: if table.kept_frames == KeptFrames::None { arms(&cold) } else { arms(&warm) },
        cost: COST,
        note: None,
    };
    TABLES.iter().flat_map(|table| WORDS.map(|words| row(table, words))).collect()
}

fn duration(settings: &Settings) -> Duration {
    rows(settings.crossover.pages).iter().map(|row| row.cost.duration(settings, row.arms.len())).sum()
}

fn run(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let mut groups = Vec::new();
    for row in rows(context.settings.crossover.pages) {
        groups.extend(fault::compare(context, &row)?);
    }
    Ok(groups)
}

fn conclude(_: &Settings, groups: Vec<Group>) -> Findings {
    Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Timed: all accesses to a page, its touch included, and all their effects in the call. Not timed: the cost of a call that touches no page.".to_owned(),
        method: vec![
            "A dry run accesses several words on each of several pages. The pages are 64 KiB apart, and stored in LMDB. The time of the same contract's call that touches no page is subtracted, and the rest is divided by the number of pages. A change reads a word and writes it back, so no page is hashed.".to_owned(),
            "Slices have two forms: a host call of 8 bytes for each access, or one host call for the whole page (two if the page is changed). In the second form the words are accessed in own memory, without a page check.".to_owned(),
            "A crossover of two arms is a number of accesses: below it one arm is faster at every measured number, above it the other. Between two numbers it is interpolated linearly in logarithms. Its interval is computed from the crossovers of the layings, and ends where the measured numbers end.".to_owned(),
            "Kept frames exist under soft and resident, and for slices; sigsegv and uffd drop their frames at the end of each call. In the table of pages in LMDB only, kept frames are dropped before each call, outside the time.".to_owned(),
        ],
        crossings: crossovers(&groups),
        groups,
        targets: Vec::new(),
    }
}
