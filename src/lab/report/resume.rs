//! Resuming an interrupted run.

use super::{Environment, Report};
use crate::lab::Settings;

impl Report {
    /// True if an experiment was measured completely.
    pub fn is_complete(&self, experiment: &str) -> bool {
        self.findings(experiment).is_some() && !self.unfinished.iter().any(|name| name == experiment)
    }

    /// Checks that the run can be resumed: settings, command, program and host must be the same as before.
    ///
    /// # Errors
    /// The first difference.
    pub(in crate::lab) fn check_resumable(
        &self,
        settings: &Settings,
        command: &str,
        environment: &Environment,
    ) -> Result<(), String> {
        if self.settings != *settings {
            return Err("it was made with other settings; they should be the same".to_owned());
        }
        if self.command != command {
            return Err(format!("it was made by `{}`, but this command is `{command}`", self.command));
        }
        for ((name, before), (_, now)) in self.environment.rows().into_iter().zip(environment.rows()) {
            if before != now {
                return Err(format!("the {name} was {before:?}, but now is {now:?}"));
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
    fn complete_experiments_keep_every_sample_and_the_others_are_measured() {
        let out = tempfile::tempdir().unwrap();
        let names: Vec<String> =
            names(&ALL).into_iter().filter(|name| ["access", "durability"].contains(&&**name)).collect();
        let run = ReportOptions { checkpoint: Some(out.path().to_owned()), ..options("vellum") };
        let whole = bench(&names, &run, &mut Unwatched).unwrap();
        assert_eq!((whole.unfinished.as_slice(), whole.missing.len()), (&[][..], 0));
        // The file was written after the last experiment, as by a run that is killed later.
        let written = Report::read(&out.path().join(DATA)).unwrap();
        assert_eq!(written, whole);

        // A run that was stopped in the middle of the second experiment.
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
    fn a_run_with_other_settings_command_program_or_host_is_not_resumed() {
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
                .contains("the processor was \"another")
        );
        assert!(
            run(&|before| before.environment.version = "0".to_owned()).unwrap_err().contains("the vellum was \"0 ")
        );
        assert!(
            run(&|before| before.command = "vellum bench".to_owned())
                .unwrap_err()
                .contains("it was made by `vellum bench`")
        );
    }
}
