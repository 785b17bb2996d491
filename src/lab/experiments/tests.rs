use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::lab::measure::{Arm, Event, Interrupt, Layings, Plan, Verdict, interleave, ratio};
use crate::lab::workloads::tests::WrongModel;
use crate::lab::workloads::{Counter, Form, Subject, Testbed};
use crate::lab::{Progress, Settings};
use crate::paging::PagerKind;

/// Adds up the reported progress.
#[derive(Debug, Default)]
pub(super) struct TotalProgress(pub(super) Duration);

impl Progress for TotalProgress {
    fn begin(&mut self, _expected: Duration) {}
    fn working_on(&mut self, _what: &str) {}
    fn advance(&mut self, planned: Duration) {
        self.0 += planned;
    }
}

/// Every arm of every experiment checks its answers against the native model, so this tests all of them.
#[test]
fn tiny_runs_of_all_experiments_give_right_answers_and_the_planned_comparisons() {
    for experiment in ALL {
        let scratch = tempfile::tempdir().unwrap();
        let mut progress = TotalProgress::default();
        let mut context = Context::new(Settings::tiny(), Interrupt::default(), &mut progress, scratch.path());
        let findings = experiment.measure(&mut context).unwrap();
        assert_eq!(context.missing(), [""; 0], "{}", experiment.name);
        assert_eq!(progress.0, experiment.duration(&Settings::tiny()), "{}", experiment.name);
        for group in &findings.groups {
            assert!(group.arm(&group.base).is_some(), "{} has no arm {}", group.title, group.base);
            assert!(group.arms.iter().all(|arm| arm.samples_ns.len() == 5));
        }
        // These time differences of calls. At this size a difference may be 0, and then there is no ratio for a target.
        let times_differences = ["access", "fault", "crossover", "reentry", "programs"].contains(&experiment.name);
        let has_no_targets = ["durability", "floor"].contains(&experiment.name);
        assert!(
            times_differences || has_no_targets || !findings.targets.is_empty(),
            "{} shows none of its targets",
            experiment.name
        );
    }
}

#[test]
fn an_interrupted_run_says_what_is_missing() {
    let scratch = tempfile::tempdir().unwrap();
    let mut progress = TotalProgress::default();
    let interrupt = Interrupt::default();
    interrupt.request();
    let mut context = Context::new(Settings::tiny(), interrupt, &mut progress, scratch.path());
    let findings = growth::EXPERIMENT.measure(&mut context).unwrap();
    let row = |pager| format!("{}: {pager}", growth::SECTION);
    let changed = |count| format!("{}: {count}", growth::CHANGED);
    let rows = ["mapped, soft", "slices", "mapped, eager"].map(row);
    assert_eq!(context.missing(), [&rows[..], &["1", "3"].map(changed)].concat());
    assert_eq!((findings.groups.len(), findings.targets.len()), (0, 0));
}

#[test]
fn one_run_has_several_layings_and_plans_the_time_of_all() {
    let scratch = tempfile::tempdir().unwrap();
    let mut progress = TotalProgress::default();
    let settings = Settings { layings: 3, rounds: 12, ..Settings::tiny() };
    let mut context = Context::new(settings.clone(), Interrupt::default(), &mut progress, scratch.path());
    let found = durability::EXPERIMENT.measure(&mut context).unwrap();
    let grown = growth::EXPERIMENT.measure(&mut context).unwrap();
    assert_eq!(context.missing(), [""; 0]);
    let clock_step = context.clock_step();
    assert_eq!(progress.0, [durability::EXPERIMENT, growth::EXPERIMENT].iter().map(|it| it.duration(&settings)).sum());
    for (groups, layings) in [(&found.groups, 3), (&grown.groups, 1)] {
        for group in groups {
            assert_eq!(group.layings.0, layings, "{}", group.title);
            assert!(group.arms.iter().all(|arm| arm.samples_ns.len() == 12));
            assert_eq!(group.check(clock_step), Ok(()));
        }
    }
    // The stores of earlier layings are removed.
    let stores = std::fs::read_dir(scratch.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("store-"));
    assert!(stores.count() <= 16);
}

/// Interrupts the run after that much progress.
struct InterruptAfter(Duration, Interrupt);

impl Progress for InterruptAfter {
    fn begin(&mut self, _expected: Duration) {}
    fn working_on(&mut self, _what: &str) {}
    fn advance(&mut self, planned: Duration) {
        self.0 = self.0.saturating_sub(planned);
        if self.0.is_zero() {
            self.1.request();
        }
    }
}

#[test]
fn a_run_that_is_interrupted_between_layings_keeps_the_complete_ones() {
    let scratch = tempfile::tempdir().unwrap();
    let settings = Settings { layings: 3, rounds: 12, ..Settings::tiny() };
    let (interrupt, half) = (Interrupt::default(), durability::EXPERIMENT.duration(&settings) / 2);
    let mut progress = InterruptAfter(half, interrupt.clone());
    let mut context = Context::new(settings, interrupt, &mut progress, scratch.path());
    let found = durability::EXPERIMENT.measure(&mut context).unwrap();
    assert_eq!(context.missing(), ["some of the 3 layings of 1 comparisons"]);
    let [group] = &found.groups[..] else { panic!("{} groups", found.groups.len()) };
    assert_eq!((group.layings.0, group.arms[0].samples_ns.len()), (1, 4));
    assert_eq!(group.check(context.clock_step()), Ok(()));
}

#[test]
fn an_unknown_experiment_is_refused_with_the_known_names() {
    let refused = named(&["acess".to_owned()]).unwrap_err().to_string();
    assert_eq!(
        refused,
        r#"no experiment is called "acess"; there are access, fault, call, crossover, growth, reentry, durability, floor, programs"#
    );
}

#[test]
fn a_run_with_a_wrong_answer_fails_and_has_no_numbers() {
    let scratch = tempfile::tempdir().unwrap();
    let run = |model| {
        let mut progress = TotalProgress::default();
        let mut context = Context::new(Settings::tiny(), Interrupt::default(), &mut progress, scratch.path());
        call::measure(&mut context, &[Box::new(model)])
    };
    assert!(run(WrongModel { result: 0, stored: 0 }).is_ok());
    assert!(matches!(run(WrongModel { result: 1, stored: 0 }), Err(LabError::WrongResult { .. })));
    assert!(matches!(run(WrongModel { result: 0, stored: 1 }), Err(LabError::WrongState { .. })));
}

/// Longer samples make more commits, and the bytes that a commit writes depend on the number of commits before.
#[test]
fn counts_do_not_depend_on_how_long_the_samples_are() {
    let run = |sample_us| {
        let scratch = tempfile::tempdir().unwrap();
        let mut progress = TotalProgress::default();
        let settings = Settings { sample_us, ..Settings::tiny() };
        let mut context = Context::new(settings, Interrupt::default(), &mut progress, scratch.path());
        let groups = call::measure(&mut context, &[Box::new(Counter)]).unwrap();
        let own = |(name, _): &(String, u64)| Event::named(name).is_none();
        let counts =
            |group: Group| group.arms.into_iter().map(|arm| arm.counts.into_iter().filter(own).collect()).collect();
        groups.into_iter().map(counts).collect::<Vec<Vec<BTreeMap<String, u64>>>>()
    };
    let counts = run(20);
    assert_eq!(counts, run(5_000));
    assert!(counts[2].iter().all(|counts| counts["bytes of records"] > 0), "{counts:?}");
}

/// This test depends on the clock and may fail on a busy host, so it is ignored by default. `.ci/run` runs it.
#[test]
#[ignore = "measures"]
fn of_forty_real_comparisons_of_an_arm_with_itself_at_most_six_differ() {
    let plan = |seed| Plan { rounds: 41, sample: Duration::from_millis(2), seed };
    let mut differing = Vec::new();
    for seed in 0..40 {
        // Both arms share one contract: two contracts have different addresses, and can really differ by a hundredth.
        let subject = Subject::new(&Counter, Form::Mapped, PagerKind::Soft, Testbed::in_memory().unwrap()).unwrap();
        let subject = RefCell::new(subject);
        let mut arms = ["one", "other"].map(|name| Arm {
            name: name.into(),
            per_unit: 1,
            batch: Box::new(|times| subject.borrow_mut().dry_runs(times)),
        });
        let series = interleave(&mut arms, &plan(seed), &Interrupt::default()).unwrap();
        let found = ratio(&series[0].samples, &series[1].samples, Layings::ONE).unwrap();
        if found.verdict() != Verdict::NoDifference {
            differing.push(found);
        }
    }
    println!("{} of 40 differ", differing.len());
    assert!(differing.len() <= 6, "{} of 40 differ: {differing:?}", differing.len());
}
