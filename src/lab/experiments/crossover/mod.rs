//! From how many accesses to a page does mapping pay?

mod meeting;
mod tables;
#[cfg(test)]
mod tests;

use std::time::Duration;

use super::fault::{self, APART, Row, lines};
use super::{Context, Cost, Experiment, Findings, Group};
use crate::lab::workloads::{Deed, Touch};
use crate::lab::{LabError, Settings};

use meeting::meetings;

pub(in crate::lab) use tables::{CHANGES, COLD, READS};

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "crossover",
    question: "From how many accesses to a page does mapping pay?",
    duration,
    run,
    conclude,
    laid_once: false,
};

/// Each table with what is done, and whether frames are forgotten before each call.
const TABLES: [(&str, Deed, bool); 3] =
    [(READS, Deed::Read, false), (CHANGES, Deed::Modify, false), (COLD, Deed::Read, true)];

/// Words touched of each page, up to all of them.
const WORDS: [u32; 8] = [1, 2, 4, 8, 16, 32, 128, 512];

/// One of so many rounds is taken: there are many rows, and a crossing rests on all of a table.
const COST: Cost = Cost::new(150, 14).thinned(3);

fn rows(pages: u32) -> Vec<Row> {
    let ways = [fault::SLICE, fault::WHOLE, fault::SOFT, fault::RESIDENT, fault::SIGSEGV, fault::UFFD];
    let row = |section, deed, cold, words: u32| Row {
        section,
        title: words.to_string(),
        base: fault::SLICE,
        touch: Touch { deed, first: 1, stride: APART, pages, touched: pages, words, stored: true },
        cold,
        half_kept: false,
        // Resident has every page in its frame from the first call on.
        lines: lines(&ways.into_iter().filter(|way| !cold || *way != fault::RESIDENT).collect::<Vec<_>>()),
        cost: COST,
        note: None,
    };
    TABLES.into_iter().flat_map(|(section, deed, cold)| WORDS.map(|words| row(section, deed, cold, words))).collect()
}

fn duration(settings: &Settings) -> Duration {
    rows(settings.crossover.pages).iter().map(|row| row.cost.duration(settings, row.lines.len())).sum()
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
        timed: "Inside the time: all accesses to a page, its first touch included, and all that they cause in the call. Not inside: what a call costs that touches nothing.".to_owned(),
        method: vec![
            "A dry run touches some words on each of some pages that lie 64 KiB apart, in LMDB. The time of the same contract's call that touches none is subtracted, and the rest divided by the pages. A change reads a word and writes it back, so that no page is hashed.".to_owned(),
            "Slices have two forms: a host call of 8 bytes for each access, or one for the whole page (two where it is changed), after which the words are touched in own memory, without a check.".to_owned(),
            "A crossing is the number of accesses above which the one is faster at every number measured, where below the other one is; between two numbers it is read off the straight line in logarithms. Its interval comes from the crossings that each laying shows by itself; at the ends of what was measured it stops.".to_owned(),
            "Kept frames are those of the call before, under soft, resident and for slices; sigsegv and uffd drop theirs at the end of each call. Where pages are in LMDB only, kept frames are taken for absent before each call, outside the time.".to_owned(),
        ],
        crossings: meetings(&groups),
        groups,
        targets: Vec::new(),
    }
}
