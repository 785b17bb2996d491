//! Each pager against a model, in random sequences of steps.

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
fn a_damaged_page_that_only_a_window_reaches_changes_nothing() {
    for kind in PagerKind::available() {
        let mut run = Run::new(kind, LIMIT, MapSource::with(&[(0, 9), (1, 1), (2, 2), (30, 3), (29, 2)]));
        run.source.damaged = vec![PageIndex(4), PageIndex(27)];
        (0..4).for_each(|page| run.read(page));
        (28..=30).rev().for_each(|page| run.write(page, 1, 1));
        run.check();
        // The other pagers loaded the stored pages at the start of the transaction and read no more.
        let loads_on_touch = matches!(kind, PagerKind::Soft | PagerKind::Sigsegv | PagerKind::Uffd);
        assert_eq!(run.try_read(4).is_err(), loads_on_touch, "{kind}");
        run.source.damaged.clear();
        run.end(false);
        (0..32).for_each(|page| run.read(page));
    }
}

#[test]
fn a_page_that_could_not_be_loaded_cannot_be_accessed() {
    if PagerKind::Sigsegv.availability().is_err() {
        return;
    }
    let mut run = Run::new(PagerKind::Sigsegv, LIMIT, MapSource::with(&[(2, 2)]));
    run.source.damaged = vec![PageIndex(2)];
    run.try_read(2).unwrap_err();
    let mut file = tempfile::tempfile().unwrap();
    // A system call returns an error where an access would fault.
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
    fn every_pager_agrees_with_the_model(steps in prop::collection::vec(step(), 0..80)) {
        for kind in PagerKind::available() {
            run(kind, &steps);
        }
    }
}
