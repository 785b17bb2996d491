//! Which pages each call touched, as the pagers say.

use std::collections::BTreeSet;

use crate::fuzzing::model::World;
use crate::fuzzing::script::CONTRACTS;
use crate::receipt::{CallTrace, Trace};
use crate::units::{Address, PageIndex};

/// Pages that one call touched.
type Touched = (Address, Option<Vec<PageIndex>>);

/// Which pages each call read and wrote, as far as any pager has said so, and which were compared at the end.
#[derive(Debug, Default)]
pub(super) struct Pages {
    read: Option<Vec<Touched>>,
    written: Option<Vec<Touched>>,
    /// For each pager, the pages of each contract.
    compared: Vec<Vec<Touched>>,
}

impl Pages {
    /// What a pager knows must be what those before it knew.
    pub(super) fn agree(&mut self, trace: Trace) -> Result<(), String> {
        let of = |pages: fn(&CallTrace) -> &Option<Vec<PageIndex>>| -> Vec<Touched> {
            trace.calls.iter().map(|call| (call.contract, pages(call).clone().map(sorted))).collect()
        };
        let (read, written) = (of(|call| &call.pages_read), of(|call| &call.pages_written));
        for frames in &trace.frames {
            for (done, said, count) in [("read", &read, frames.pages_read), ("written", &written, frames.pages_written)]
            {
                let pages = said.iter().filter(|(address, _)| *address == frames.contract);
                let all: Option<Vec<_>> = pages.map(|(_, pages)| pages.clone()).collect();
                let all = all.map(|pages| pages.concat().into_iter().collect::<BTreeSet<_>>());
                // A contract whose calls were all refused was touched by none.
                if count.is_some_and(|count| all.as_ref().map(BTreeSet::len) != Some(count as usize)) {
                    return Err(format!("the statistics say {count:?} pages {done}, they are {all:?}"));
                }
            }
        }
        for (done, said, known) in [("read", read, &mut self.read), ("written", written, &mut self.written)] {
            if said.iter().any(|(_, pages)| pages.is_none()) {
                continue;
            }
            match known {
                Some(known) if *known != said => {
                    return Err(format!("{said:?} were {done}, another pager says {known:?}"));
                }
                Some(_) => {}
                None => *known = Some(said),
            }
        }
        self.compared.push(trace.frames.into_iter().map(|frames| (frames.contract, frames.pages_compared)).collect());
        Ok(())
    }

    /// Whatever has changed must have been compared by every pager, and written by some call.
    pub(super) fn have(&self, contracts: &[Address], before: &World, after: &World) -> Result<(), String> {
        for (number, contract) in contracts.iter().enumerate().take(CONTRACTS) {
            let changed: Vec<_> = after.changed(before, number).map(|page| PageIndex(page as u32)).collect();
            if changed.is_empty() {
                continue;
            }
            for pages in self.compared.iter().chain(&self.written) {
                let here = pages.iter().filter(|(address, _)| address == contract);
                let all: BTreeSet<_> = here.filter_map(|(_, pages)| pages.as_ref()).flatten().collect();
                if let Some(page) = changed.iter().find(|page| !all.contains(page)) {
                    return Err(format!("page {page} of {contract} has changed, but only {all:?} were noticed"));
                }
            }
        }
        Ok(())
    }
}

fn sorted(mut pages: Vec<PageIndex>) -> Vec<PageIndex> {
    pages.sort_unstable();
    pages
}
