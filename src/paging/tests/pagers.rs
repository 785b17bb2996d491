//! Each pager against a map of pages, on random programs.

use std::io::Write;

use proptest::prelude::*;

use super::run::Run;
use super::*;
use crate::paging::FrameStatistics;
use crate::paging::PagerKind;

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

fn run(kind: PagerKind, steps: &[Step]) {
    let mut run = Run::new(kind, LIMIT, MapSource::with(&[(0, 9), (5, 1), (63, 2)]));
    for step in steps {
        match *step {
            Step::Read { page } => run.read(page),
            Step::Write { page, at, byte } => run.write(page, at, byte),
            Step::Keep => run.end(true),
            Step::Undo => run.end(false),
        }
    }
}

#[test]
fn a_damaged_page_that_only_a_window_would_bring_in_changes_nothing() {
    for kind in PagerKind::available() {
        let mut run = Run::new(kind, LIMIT, MapSource::with(&[(0, 9), (1, 1), (2, 2), (30, 3), (29, 2)]));
        run.source.damaged = vec![PageIndex(4), PageIndex(27)];
        (0..4).for_each(|page| run.read(page));
        (28..=30).rev().for_each(|page| run.write(page, 1, 1));
        run.check();
        // The others brought in what is stored when the transaction began, and ask for nothing more.
        let reads = matches!(kind, PagerKind::Soft | PagerKind::Sigsegv | PagerKind::Uffd);
        assert_eq!(run.try_read(4).is_err(), reads, "{kind}");
        run.source.damaged.clear();
        run.end(false);
        (0..32).for_each(|page| run.read(page));
    }
}

#[test]
fn what_could_not_be_brought_in_cannot_be_touched() {
    if PagerKind::Sigsegv.availability().is_err() {
        return;
    }
    let mut run = Run::new(PagerKind::Sigsegv, LIMIT, MapSource::with(&[(2, 2)]));
    run.source.damaged = vec![PageIndex(2)];
    run.try_read(2).unwrap_err();
    let mut file = tempfile::tempfile().unwrap();
    // The kernel says what touching the page would come to.
    let outcome = file.write(run.region.page(PageIndex(2)));
    assert_eq!(outcome.map_err(|error| error.raw_os_error()), Err(Some(libc::EFAULT)));
}

#[test]
fn a_transaction_that_touches_nothing_makes_no_system_call() {
    for kind in PagerKind::available().filter(|kind| !matches!(kind, PagerKind::Eager)) {
        let mut run = Run::new(kind, LIMIT, MapSource::default());
        run.region.take_statistics();
        run.end(false);
        assert_eq!(run.region.take_statistics(), FrameStatistics::default(), "{kind}");
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
