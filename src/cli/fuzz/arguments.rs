//! The arguments of `vellum fuzz`.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::builder::PossibleValuesParser;
use vellum::fuzzing::Target;
use vellum::paging::PagerKind;

use crate::cli::arguments::unsigned;

/// Search for calls that break contracts, or fuzz the VM itself; exit status 1 when there is a finding
///
/// With contracts, the search tries sequences of transactions, and continues from those that reached something new. An attacker
/// answers every call that leads to it. A finding is shown call by call and saved as a scenario.
///
/// Without contracts, random scenarios run under every pager and are compared with a model. In them contracts call each other
/// and themselves, use storage in every way, transfer value and emit events. A failure is saved as text.
///
/// Findings are shrunk before they are saved, and `vellum replay` runs them again. A signal such as Ctrl-C ends the run with its
/// summary.
#[derive(Debug, clap::Args)]
pub struct Fuzz {
    /// The seed of all random numbers: the same seed runs the same scenarios [default: a different one each time]
    #[arg(long, value_parser = unsigned)]
    pub seed: Option<u64>,

    /// The time limit: 30, 30s or 2m [default, without --runs: 10s, or a minute for contracts]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub time: Option<Duration>,

    /// The greatest number of scenarios, or of sequences of transactions
    #[arg(long, value_name = "N", value_parser = unsigned)]
    pub runs: Option<u64>,

    /// The pagers to compare [default: all that this host can run]
    #[arg(long, value_name = "PAGER,…", value_delimiter = ',')]
    pub pagers: Vec<PagerKind>,

    /// What to fuzz
    #[arg(long, value_name = "TARGET", default_value = Target::default().name(),
        value_parser = PossibleValuesParser::new(Target::ALL.map(Target::name)))]
    pub target: String,

    /// The directory to save a finding in
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,

    #[command(flatten)]
    pub search: SearchArguments,
}

/// The options of a search.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Contracts")]
pub struct SearchArguments {
    /// Contracts to break, in place of the VM; each is named after its file
    #[arg(value_name = "CONTRACT", conflicts_with_all = ["pagers", "target"], requires = "invariants")]
    pub contracts: Vec<PathBuf>,

    /// An export without parameters that returns 1 while an invariant holds: called after each transaction
    #[arg(long, value_name = "EXPORT", group = "invariants", requires = "contracts")]
    pub invariant: Vec<String>,

    /// As --invariant, but called during other calls: whenever a contract calls the attacker
    #[arg(long, value_name = "EXPORT", group = "invariants", requires = "contracts")]
    pub view: Vec<String>,

    /// A scenario to run before the search; the contracts that it deploys under a name are called too
    #[arg(long, value_name = "FILE", requires = "contracts")]
    pub setup: Option<PathBuf>,

    /// The greatest number of transactions in a sequence
    #[arg(long, value_name = "N", default_value = "8", value_parser = longest, requires = "contracts")]
    pub transactions: usize,

    /// The gas limit of each transaction: transactions that use it all take most of the search's time
    #[arg(long, value_name = "N", default_value = "5000000", value_parser = unsigned, requires = "contracts")]
    pub gas: u64,

    /// Generate every sequence from scratch, instead of continuing from those that reached something new
    #[arg(long, requires = "contracts")]
    pub unguided: bool,
}

/// Parses the greatest number of transactions in a sequence.
fn longest(text: &str) -> Result<usize, String> {
    const MOST: u64 = 1_000;
    let number = unsigned(text)?;
    let fits = (1..=MOST).contains(&number);
    if fits { Ok(number as usize) } else { Err(format!("{text} is out of range: it must be 1 to {MOST} transactions")) }
}

/// Returns a different seed each time, short enough to type.
pub fn any_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos() ^ now.as_secs() as u32 ^ std::process::id().rotate_left(16))
}

/// Parses a number of seconds or minutes.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, seconds) = match text.strip_suffix('m') {
        Some(minutes) => (minutes, 60),
        None => (text.strip_suffix('s').unwrap_or(text), 1),
    };
    let number = Some(number).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = number.and_then(|number| number.parse::<u64>().ok()?.checked_mul(seconds));
    let seconds = seconds.filter(|seconds| (1..=MOST_SECONDS).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| {
        format!("{text:?} must be a number of seconds or minutes, such as 30, 30s or 2m, from one second to a week")
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
