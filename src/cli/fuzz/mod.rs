//! `vellum fuzz`

mod vm;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use vellum::fuzzing::Target;
use vellum::paging::PagerKind;

use super::Context;
use super::arguments::unsigned;
use super::error::CliError;

/// Run random scenarios on the VM itself, and compare it with a model; exit status 1 when something is found
///
/// Contracts call each other and themselves with loads, stores, slices, windows, money and events. Whatever fails is made
/// as small as it can be and saved as text, which `vellum replay` runs again. Ctrl-C ends it with its summary.
#[derive(Debug, clap::Args)]
pub struct Fuzz {
    /// Where the random numbers come from: the same seed runs the same scenarios [default: another each time]
    #[arg(long, value_parser = unsigned)]
    seed: Option<u64>,

    /// How long it runs: 30, 30s or 2m [default: 10s, without --runs]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    time: Option<Duration>,

    /// How many scenarios it runs at most
    #[arg(long, value_name = "N", value_parser = unsigned)]
    runs: Option<u64>,

    /// The pagers that are compared [default: all that can run here]
    #[arg(long, value_name = "PAGER,…", value_delimiter = ',')]
    pagers: Vec<PagerKind>,

    /// What is fuzzed
    #[arg(long, value_name = "TARGET", default_value = Target::default().name(),
        value_parser = PossibleValuesParser::new(Target::ALL.map(Target::name)))]
    target: String,

    /// The directory that a failure is saved in
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

impl Fuzz {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        vm::run(self, context)
    }
}

/// A number of seconds, or of minutes.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, seconds) = match text.strip_suffix('m') {
        Some(minutes) => (minutes, 60),
        None => (text.strip_suffix('s').unwrap_or(text), 1),
    };
    let number = Some(number).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = number.and_then(|number| number.parse::<u64>().ok()?.checked_mul(seconds));
    let seconds = seconds.filter(|seconds| (1..=MOST_SECONDS).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| {
        format!("{text:?} should be a number of seconds or minutes, as 30, 30s or 2m, from one second to a week")
    })
}

/// A week.
const MOST_SECONDS: u64 = 7 * 24 * 3_600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_seconds_unless_it_says_minutes() {
        for (text, seconds) in [("30", 30), ("30s", 30), ("2m", 120), ("007", 7), ("604800", MOST_SECONDS)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "s",
            "m",
            "0",
            "0m",
            "-1",
            "+1",
            "1.5",
            "1h",
            "2ms",
            "604801",
            "99999999999999999999",
            "307445734561825861m",
        ] {
            assert!(duration(text).is_err(), "{text:?}");
        }
    }
}
