//! The pages that each call touched, compared between pagers and with the model.

use std::collections::BTreeSet;

use crate::fuzzing::model::World;
use crate::fuzzing::script::CONTRACTS;
use crate::receipt::{CallTrace, Trace};
use crate::units::{Address, PageIndex};

/// The contract of a call and the pages that it touched. The pages are `None` if the pager does not know them.
type Touched = (Address, Option<Vec<PageIndex>>);

/// The pages that the calls of one transaction touched, as far as some pager knows them.
#[derive(Debug, Default)]
pub(super) struct Pages {
    read: Option<Vec<Touched>>,
    written: Option<Vec<Touched>>,
    /// The pages that each pager compared at the end, by contract.
    compared: Vec<Vec<Touched>>,
}

impl Pages {
    /// Compares the pages in a pager's trace with those of the pagers before it.
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
                // If all calls of a contract were refused, none of them touched it.
                if count.is_some_and(|count| all.as_ref().map(BTreeSet::len) != Some(count as usize)) {
                    return Err(format!("the trace counts {count:?} pages {done}, but lists {all:?}"));
                }
            }
        }
        for (done, said, known) in [("read", read, &mut self.read), ("written", written, &mut self.written)] {
            if said.iter().any(|(_, pages)| pages.is_none()) {
                continue;
            }
            match known {
                Some(known) if *known != said => {
                    return Err(format!("the pages {done} are {said:?}, but {known:?} under another pager"));
                }
                Some(_) => {}
                None => *known = Some(said),
            }
        }
        self.compared.push(trace.frames.into_iter().map(|frames| (frames.contract, frames.pages_compared)).collect());
        Ok(())
    }

    /// Checks that every pager compared each changed page, and that a call wrote it.
    pub(super) fn cover_changes(&self, contracts: &[Address], before: &World, after: &World) -> Result<(), String> {
        for (number, contract) in contracts.iter().enumerate().take(CONTRACTS) {
            let changed: Vec<_> = after.changed(before, number).map(|page| PageIndex(page as u32)).collect();
            if changed.is_empty() {
                continue;
            }
            for pages in self.compared.iter().chain(&self.written) {
                let known = pages.iter().filter(|(address, _)| address == contract);
                let all: BTreeSet<_> = known.filter_map(|(_, pages)| pages.as_ref()).flatten().collect();
                if let Some(page) = changed.iter().find(|page| !all.contains(page)) {
                    return Err(format!("page {page} of {contract} changed, but the trace has only {all:?}"));
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
