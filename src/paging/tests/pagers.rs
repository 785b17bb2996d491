//! Each pager against a map of pages, on random programs.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::paging::pager::PagerKind;

#[derive(Debug, Clone)]
enum Step {
    Read { page: u32 },
    Write { page: u32, at: usize, byte: u8 },
    Keep,
    Undo,
}

fn step() -> impl Strategy<Value = Step> {
    let page = || 0..LIMIT.0;
    prop_oneof![
        3 => page().prop_map(|page| Step::Read { page }),
        4 => (page(), 0..PAGE_SIZE, 0..3_u8).prop_map(|(page, at, byte)| Step::Write { page, at, byte }),
        1 => Just(Step::Keep),
        1 => Just(Step::Undo),
    ]
}

/// The committed pages, and those of the transaction.
struct Model {
    source: MapSource,
    now: BTreeMap<PageIndex, PageBytes>,
    written: BTreeSet<PageIndex>,
}

impl Model {
    fn now(&self, page: PageIndex) -> PageBytes {
        self.now.get(&page).copied().unwrap_or_else(|| self.source.bytes(page))
    }
}

fn run(kind: PagerKind, steps: &[Step]) {
    let pager = kind.pager().unwrap();
    let source = MapSource::with(&[(0, 9), (5, 1), (63, 2)]);
    let mut model = Model { source, now: BTreeMap::new(), written: BTreeSet::new() };
    let mut region = pager.region(LIMIT, StateRoot::ZERO, PageCount(4)).unwrap();
    let mut table = pager.page_table(LIMIT).unwrap();
    pager.enter(&mut region, &model.source, LIMIT).unwrap();
    for step in steps {
        match *step {
            Step::Read { page } => {
                pager.touch(&mut region, &mut table, page..page + 1, Access::Read, &model.source).unwrap();
                assert!(table.allows(PageIndex(page), Access::Read));
                assert_eq!(region.page(PageIndex(page)), &model.now(PageIndex(page)), "{kind}: page {page}");
            }
            Step::Write { page, at, byte } => {
                pager.touch(&mut region, &mut table, page..page + 1, Access::Write, &model.source).unwrap();
                region.page_mut(PageIndex(page))[at] = byte;
                let mut bytes = model.now(PageIndex(page));
                bytes[at] = byte;
                model.now.insert(PageIndex(page), bytes);
                model.written.insert(PageIndex(page));
            }
            Step::Keep | Step::Undo => {
                let found = pager.written(&region, &model.source).unwrap();
                assert!(
                    found.is_sorted() && model.written.iter().all(|page| found.contains(page)),
                    "{kind}: {found:?}"
                );
                for page in found {
                    assert_eq!(region.page(page), &model.now(page), "{kind}: page {page}");
                }
                if matches!(step, Step::Keep) {
                    for (page, bytes) in std::mem::take(&mut model.now) {
                        model.source.pages.insert(page, Box::new(bytes));
                    }
                    pager.keep(&mut region, StateRoot::ZERO).unwrap();
                } else {
                    model.now.clear();
                    pager.undo(&mut region, &model.source).unwrap();
                }
                model.written.clear();
                table.clear_into(&mut Vec::new());
                assert_eq!(region.written(), []);
                pager.enter(&mut region, &model.source, LIMIT).unwrap();
            }
        }
    }
}

proptest! {
    #[test]
    fn every_pager_presents_what_the_model_holds(steps in prop::collection::vec(step(), 0..80)) {
        for kind in PagerKind::available() {
            run(kind, &steps);
        }
    }
}
