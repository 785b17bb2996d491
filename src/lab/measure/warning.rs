//! Weaknesses of a measurement.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Series;
use super::median::median;

/// The shortest sample without a warning, in steps of the clock. In a shorter one, reading the clock weighs too much.
const CLOCK_STEPS: f64 = 1_000.0;

/// The widest interquartile range without a warning, relative to the median.
const NOISY_SPREAD: f64 = 0.25;

/// The distance from the quartiles beyond which a sample is an outlier, in interquartile ranges. No outlier is removed.
const FAR_OUT: f64 = 3.0;

/// A reason to trust a series less.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Warning {
    /// The samples are short against the step of the clock.
    CoarseClock {
        /// The length of the median sample, in steps of the clock.
        steps: f64,
    },
    /// The interquartile range of the samples is wide.
    Noisy {
        /// The interquartile range relative to the median; nothing if the median is not above 0, which a difference of two
        /// times may be.
        spread: Option<f64>,
    },
    /// Some samples are outliers.
    FarOut {
        /// How many samples.
        samples: usize,
    },
}

impl Warning {
    /// Whether the number itself is in doubt. A few outliers do not move a median.
    pub fn is_serious(&self) -> bool {
        !matches!(self, Self::FarOut { .. })
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CoarseClock { steps } => write!(f, "a sample is only {steps:.0} steps of the clock long"),
            Self::Noisy { spread: Some(spread) } => {
                write!(f, "noisy: the middle half of the samples spans {:.0} % of the median", spread * 100.0)
            }
            Self::Noisy { spread: None } => f.write_str("noisy: at least half of the samples are not above 0"),
            Self::FarOut { samples: 1 } => f.write_str("1 outlier (kept)"),
            Self::FarOut { samples } => write!(f, "{samples} outliers (kept)"),
        }
    }
}

/// The weaknesses of a series, given the step of the clock that timed it.
pub fn warnings(series: &Series, clock_step: Duration) -> Vec<Warning> {
    let mut found = Vec::new();
    let middle = median(&series.samples);
    let steps = middle * series.batch as f64 / (clock_step.as_nanos() as f64).max(1.0);
    if steps < CLOCK_STEPS {
        found.push(Warning::CoarseClock { steps });
    }
    let (low, high) = quartiles(&series.samples);
    let width = high - low;
    if width > NOISY_SPREAD * middle {
        found.push(Warning::Noisy { spread: (middle > 0.0).then(|| width / middle) });
    }
    let far = series.samples.iter().filter(|&&s| s < low - FAR_OUT * width || s > high + FAR_OUT * width).count();
    if far > 0 {
        found.push(Warning::FarOut { samples: far });
    }
    found
}

fn quartiles(samples: &[f64]) -> (f64, f64) {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted.get(((sorted.len() as f64 - 1.0) * share).round() as usize).copied();
    (at(0.25).unwrap_or(f64::NAN), at(0.75).unwrap_or(f64::NAN))
}
