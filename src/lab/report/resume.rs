//! Going on with a run that was interrupted.

use super::{Environment, Report};
use crate::lab::Settings;

impl Report {
    /// Whether an experiment was measured, and none of it is missing.
    pub fn has_whole(&self, experiment: &str) -> bool {
        self.findings(experiment).is_some() && !self.unfinished.iter().any(|name| name == experiment)
    }

    /// Whether what was measured belongs to what is to be measured: the same settings, program and machine.
    ///
    /// # Errors
    /// The first thing that is not the same.
    pub(in crate::lab) fn can_go_on(
        &self,
        settings: &Settings,
        command: &str,
        here: &Environment,
    ) -> Result<(), String> {
        if self.settings != *settings {
            return Err("it was made with other settings; they should be the same".to_owned());
        }
        if self.command != command {
            return Err(format!("it was made by `{}`, and this is `{command}`", self.command));
        }
        for ((name, then), (_, now)) in self.environment.rows().into_iter().zip(here.rows()) {
            if then != now {
                return Err(format!("then the {name} was {then:?}, and it is {now:?}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::experiments::{ALL, Experiment};
    use crate::lab::report::DATA;
    use crate::lab::{ReportOptions, Unwatched, bench};

    fn options(command: &str) -> ReportOptions {
        ReportOptions::new(Settings::tiny(), command.to_owned())
    }

    fn names(experiments: &[Experiment]) -> Vec<String> {
        experiments.iter().map(|experiment| experiment.name.to_owned()).collect()
    }

    #[test]
    fn what_is_whole_is_kept_to_the_sample_and_the_rest_is_measured() {
        let out = tempfile::tempdir().unwrap();
        let names: Vec<String> =
            names(&ALL).into_iter().filter(|name| ["access", "durability"].contains(&&**name)).collect();
        let run = ReportOptions { checkpoint: Some(out.path().to_owned()), ..options("vellum") };
        let whole = bench(&names, &run, &mut Unwatched).unwrap();
        assert_eq!((whole.unfinished.as_slice(), whole.missing.len()), (&[][..], 0));
        // Written after the last experiment, as a run that is then killed leaves it.
        let written = Report::read(&out.path().join(DATA)).unwrap();
        assert_eq!(written, whole);

        // One that was stopped in the middle of the second.
        let mut half = whole.clone();
        half.unfinished = vec!["durability".to_owned()];
        half.experiments[1].groups.clear();
        half.missing = vec!["commits to LMDB: counter".to_owned()];
        let resumed = ReportOptions { resumed: Some(half.clone()), ..options("vellum") };
        let again = bench(&names, &resumed, &mut Unwatched).unwrap();
        assert_eq!(again.experiments[0], whole.experiments[0]);
        assert_eq!(again.experiments[1].groups.len(), whole.experiments[1].groups.len());
        assert_eq!((again.unfinished.len(), again.missing.len(), again.started), (0, 0, whole.started));
        assert!(again.seconds > half.seconds && again.planned_seconds < whole.planned_seconds);
    }

    #[test]
    fn what_was_measured_with_or_on_something_else_is_not_gone_on_with() {
        let run = |change: &dyn Fn(&mut Report)| {
            let names = ["durability".to_owned()];
            let interrupted = options("vellum");
            interrupted.interrupt.request();
            let mut before = bench(&names, &interrupted, &mut Unwatched).unwrap();
            assert_eq!((before.unfinished.as_slice(), before.experiments.len()), (&names[..], 0));
            change(&mut before);
            let resumed = ReportOptions { resumed: Some(before), ..options("vellum") };
            resumed.interrupt.request();
            bench(&names, &resumed, &mut Unwatched).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(run(&|_| {}), Ok(()));
        assert!(run(&|before| before.settings.seed += 1).unwrap_err().contains("it was made with other settings"));
        assert!(
            run(&|before| before.environment.processor = "another".to_owned())
                .unwrap_err()
                .contains("then the processor was \"another")
        );
        assert!(
            run(&|before| before.environment.version = "0".to_owned())
                .unwrap_err()
                .contains("then the vellum was \"0 ")
        );
        assert!(
            run(&|before| before.command = "vellum bench".to_owned())
                .unwrap_err()
                .contains("it was made by `vellum bench`")
        );
    }
}
