//! What `vellum fuzz` is told.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::builder::PossibleValuesParser;
use vellum::fuzzing::Target;
use vellum::paging::PagerKind;

use crate::cli::arguments::unsigned;

/// Look for calls that break contracts, or fuzz the VM itself; exit status 1 when something is found
///
/// With contracts: an attacker is in every call that they make, and the search goes on from what has reached something new.
/// What it finds is told as a story and saved as a scenario.
///
/// Without: random scenarios, in which contracts call each other and themselves with loads, stores, slices, windows, money
/// and events, are compared with a model. What fails is saved as text.
///
/// Both are made as small as they can be, and `vellum replay` runs them again. A signal to end, such as Ctrl-C, ends it with its summary.
#[derive(Debug, clap::Args)]
pub struct Fuzz {
    /// Where the random numbers come from: the same seed runs the same scenarios [default: another each time]
    #[arg(long, value_parser = unsigned)]
    pub seed: Option<u64>,

    /// How long it runs: 30, 30s or 2m [default, without --runs: 10s, or a minute for contracts]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub time: Option<Duration>,

    /// How many scenarios it runs at most, or sequences of transactions
    #[arg(long, value_name = "N", value_parser = unsigned)]
    pub runs: Option<u64>,

    /// The pagers that are compared [default: all that can run here]
    #[arg(long, value_name = "PAGER,…", value_delimiter = ',')]
    pub pagers: Vec<PagerKind>,

    /// What is fuzzed
    #[arg(long, value_name = "TARGET", default_value = Target::default().name(),
        value_parser = PossibleValuesParser::new(Target::ALL.map(Target::name)))]
    pub target: String,

    /// The directory that a failure is saved in
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,

    #[command(flatten)]
    pub search: SearchArguments,
}

/// The options of a search for transactions that break contracts.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Contracts")]
pub struct SearchArguments {
    /// Contracts to be broken, in place of the VM; each is named after its file
    #[arg(value_name = "CONTRACT", conflicts_with_all = ["pagers", "target"], requires = "judge")]
    pub contracts: Vec<PathBuf>,

    /// An export of a contract that takes nothing and gives 1 while all is well: asked after each transaction
    #[arg(long, value_name = "EXPORT", group = "judge", requires = "contracts")]
    pub invariant: Vec<String>,

    /// As --invariant, but asked in the middle of calls: whenever a contract calls the attacker
    #[arg(long, value_name = "EXPORT", group = "judge", requires = "contracts")]
    pub view: Vec<String>,

    /// A scenario that is run before; contracts that it deploys under a name are called too
    #[arg(long, value_name = "FILE", requires = "contracts")]
    pub setup: Option<PathBuf>,

    /// Transactions of a sequence at most
    #[arg(long, value_name = "N", default_value = "8", value_parser = longest, requires = "contracts")]
    pub transactions: usize,

    /// The most gas that a transaction may use: what uses it all takes most of the search's time
    #[arg(long, value_name = "N", default_value = "5000000", value_parser = unsigned, requires = "contracts")]
    pub gas: u64,

    /// Make every sequence anew instead of going on from what has reached something new
    #[arg(long, requires = "contracts")]
    pub unguided: bool,
}

/// How many transactions a sequence may have.
fn longest(text: &str) -> Result<usize, String> {
    const MOST: u64 = 1_000;
    let number = unsigned(text)?;
    let fits = (1..=MOST).contains(&number);
    if fits { Ok(number as usize) } else { Err(format!("{text} is not a number of transactions from 1 to {MOST}")) }
}

/// Another one each time, short enough to be typed.
pub fn any_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos() ^ now.as_secs() as u32 ^ std::process::id().rotate_left(16))
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
