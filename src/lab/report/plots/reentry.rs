//! The plots of `reentry`.

use super::figure::Plot;
use super::kinds::{Shown, times};
use crate::lab::experiments::{Findings, Group, reentry};

/// A nested call against a bare one, chains of them, and undoing beside other pages.
pub fn figures(findings: &Findings) -> Vec<(Plot, String)> {
    let among = |sections: &'static [&'static str]| move |group: &Group| sections.contains(&&*group.section);
    let bare = among(&[reentry::NESTED]);
    let chains = among(&[reentry::ONCE, reentry::DEPTH, reentry::PAGES]);
    let beside = among(&[reentry::BESIDE_WRITTEN, reentry::BESIDE_READ]);
    let dirty = among(&[reentry::DIRTY]);
    let figures: [(Shown<'_>, &str); 4] = [
        (
            &bare,
            "A nested call into a contract that touches no storage, beside wasmtime alone and beside arithmetic for the same gas. Further left is faster.",
        ),
        (
            &chains,
            "Time of a nested call within chains, by depth, by pages written, and by how calls end. Further left is faster.",
        ),
        (
            &beside,
            "A nested call that writes 16 pages and is undone, beside other pages: where the marks of a row lie on one another, undoing follows what the call wrote.",
        ),
        (
            &dirty,
            "A nested call that meets pages which its caller wrote, and one that does not. Further left is faster.",
        ),
    ];
    let measured = |shown: Shown<'_>| findings.groups.iter().any(shown);
    let drawn = figures.into_iter().filter(|(shown, _)| measured(shown));
    drawn.map(|(shown, caption)| times(findings, shown, caption)).collect()
}
