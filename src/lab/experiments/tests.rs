use std::time::Duration;

use super::*;
use crate::lab::Progress;
use crate::lab::measure::Interrupt;

/// Adds up what it is told.
#[derive(Debug, Default)]
pub(super) struct Counting(pub(super) Duration);

impl Progress for Counting {
    fn begin(&mut self, _expected: Duration) {}
    fn working_on(&mut self, _what: &str) {}
    fn done(&mut self, planned: Duration) {
        self.0 += planned;
    }
}

/// Every arm of every experiment compares its answers with the native model's: this is their test.
#[test]
fn tiny_runs_of_all_experiments_give_right_answers_and_the_planned_comparisons() {
    let scratch = tempfile::tempdir().unwrap();
    for experiment in ALL {
        let mut progress = Counting::default();
        let mut context = Context::new(Settings::TINY, Interrupt::default(), &mut progress, scratch.path());
        let findings = (experiment.run)(&mut context).unwrap();
        assert_eq!(context.missing(), [""; 0], "{}", experiment.name);
        assert_eq!(progress.0, (experiment.duration)(&Settings::TINY), "{}", experiment.name);
        for group in &findings.groups {
            assert!(group.arm(&group.base).is_some(), "{} has no arm {}", group.title, group.base);
            assert!(group.arms.iter().all(|arm| arm.samples_ns.len() == 5));
        }
        // Differences of calls this short may come out as nothing, and then there is no ratio.
        let difference = ["access", "fault", "reentry"].contains(&experiment.name);
        assert!(difference || !findings.targets.is_empty(), "{} shows none of its targets", experiment.name);
    }
}

#[test]
fn an_interrupted_run_says_what_is_missing() {
    let scratch = tempfile::tempdir().unwrap();
    let mut progress = Counting::default();
    let interrupt = Interrupt::default();
    interrupt.request();
    let mut context = Context::new(Settings::TINY, interrupt, &mut progress, scratch.path());
    let findings = (growth::EXPERIMENT.run)(&mut context).unwrap();
    let row = |pager| format!("{}: {pager}", growth::SECTION);
    assert_eq!(context.missing(), ["mapped, soft", "slices", "mapped, eager"].map(row));
    assert_eq!((findings.groups.len(), findings.targets.len()), (0, 0));
}

#[test]
fn an_unknown_experiment_is_refused_with_the_names_there_are() {
    let refused = named(&["acess".to_owned()]).unwrap_err().to_string();
    assert_eq!(refused, r#"no experiment is called "acess"; there are access, fault, call, growth, reentry"#);
}
