//! Numbers in words.

use crate::lab::measure::{Interval, Ratio};

/// A number with three significant digits, without an exponent.
pub fn digits(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    let magnitude = value.abs().max(f64::MIN_POSITIVE).log10().floor() as i32;
    let decimals = (2 - magnitude).clamp(0, 4) as usize;
    format!("{value:.decimals$}")
}

/// A time in a fitting unit.
pub fn time(ns: f64) -> String {
    let (scale, unit) = unit_of(ns);
    format!("{} {unit}", digits(ns / scale))
}

fn unit_of(ns: f64) -> (f64, &'static str) {
    match ns {
        ns if ns < 1e3 => (1.0, "ns"),
        ns if ns < 1e6 => (1e3, "µs"),
        ns if ns < 1e9 => (1e6, "ms"),
        _ => (1e9, "s"),
    }
}

/// An interval of times, in one unit.
pub fn time_interval(interval: &Interval) -> String {
    let (scale, unit) = unit_of(interval.low);
    format!("{} to {} {unit}", digits(interval.low / scale), digits(interval.high / scale))
}

/// A ratio with its interval.
pub fn ratio(ratio: &Ratio) -> String {
    format!("{}x ({})", digits(ratio.value), interval(&ratio.interval))
}

/// An interval without a unit.
pub fn interval(interval: &Interval) -> String {
    format!("{} to {}", digits(interval.low), digits(interval.high))
}

/// A whole number with thousands separators.
pub fn count(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An amount that need not be whole: with three significant digits below 100, and rounded above.
pub fn amount(value: f64) -> String {
    if value < 100.0 { digits(value) } else { count(value) }
}

/// A date and time in UTC, from seconds since 1970.
pub fn date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years begin on 1 March here, so that a leap day is the last day of its year.
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", rest / 3_600, rest % 3_600 / 60)
}
