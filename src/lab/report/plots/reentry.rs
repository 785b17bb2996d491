//! The plots of `reentry`.

use super::figure::Plot;
use super::kinds::{Shown, times};
use crate::lab::experiments::{Findings, Group, reentry};

/// Nested calls against bare calls, chains, undo beside other pages, and dirty frames.
pub fn figures(findings: &Findings) -> Vec<(Plot, String)> {
    let among = |sections: &'static [&'static str]| move |group: &Group| sections.contains(&&*group.section);
    let bare = among(&[reentry::NESTED]);
    let chains = among(&[reentry::ONCE, reentry::DEPTH, reentry::PAGES]);
    let beside = among(&[reentry::BESIDE_WRITTEN, reentry::BESIDE_READ]);
    let dirty = among(&[reentry::DIRTY]);
    let figures: [(Shown<'_>, &str); 4] = [
        (
            &bare,
            "Time of a nested call of a contract that touches no storage, with wasmtime alone and arithmetic for the same gas. Further left is faster.",
        ),
        (
            &chains,
            "Time of a nested call of a chain, by depth, by pages written, and by how calls end. Further left is faster.",
        ),
        (
            &beside,
            "Time of a nested call that writes 16 pages and reverts, by the number of other pages. Where the marks of a row coincide, the time of undo depends only on the pages that the call wrote.",
        ),
        (&dirty, "Time of a nested call that writes pages with dirty or clean frames. Further left is faster."),
    ];
    let measured = |shown: Shown<'_>| findings.groups.iter().any(shown);
    let drawn = figures.into_iter().filter(|(shown, _)| measured(shown));
    drawn.map(|(shown, caption)| times(findings, shown, caption)).collect()
}
