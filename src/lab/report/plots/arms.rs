//! How arms are shown: their looks, names, rows and times.

use crate::lab::experiments::{Group, Measured, access, call, fault as faults, reentry as reentries};
use crate::lab::report::format::time;
use crate::lab::report::plot::{Row, Series};

/// A time at a tick: a whole number of some unit.
pub fn tick(ns: f64) -> String {
    let text = time(ns);
    let (number, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{number} {unit}")
}

pub fn point(arm: &Measured) -> [f64; 3] {
    [arm.median_ns, arm.interval_ns.low, arm.interval_ns.high]
}

/// The same thing looks the same in all plots.
pub fn styled(names: &[String]) -> Vec<Series> {
    let style = |name: &str| match name {
        access::OWN | reentries::BARE | reentries::FEW => 0,
        access::SOFT => 1,
        access::EAGER => 2,
        access::REGISTER | reentries::BARE_FRESH | reentries::MANY | call::WINDOW => 4,
        access::RESIDENT => 5,
        faults::WHOLE => 2,
        faults::SIGSEGV => 6,
        faults::UFFD => 7,
        _ => 3,
    };
    names.iter().map(|name| Series { name: name.clone(), style: style(name) }).collect()
}

/// Names of all arms, in order of first appearance.
pub fn arm_names<'a>(groups: impl Iterator<Item = &'a Group>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for arm in groups.flat_map(|group| &group.arms) {
        if !names.contains(&arm.name) {
            names.push(arm.name.clone());
        }
    }
    names
}

/// A row for each comparison and a heading for each table; `value` gives what is shown of an arm.
pub fn rows(groups: &[&Group], series: &[String], value: impl Fn(&Measured) -> Option<[f64; 3]>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut section = "";
    for group in groups {
        if group.section != section {
            section = &group.section;
            rows.push(Row::Heading(section.to_owned()));
        }
        let values = series.iter().map(|name| group.arm(name).and_then(&value)).collect();
        rows.push(Row::Dots(group.title.clone(), values));
    }
    rows
}

/// As many looks as there are.
pub const STYLES: usize = 8;

/// Each in the look that it has elsewhere if that is free, and in another one if not.
pub fn distinct(names: &[String]) -> Vec<Series> {
    let mut taken = [false; STYLES];
    let mut series = styled(names);
    for one in &mut series {
        let free = std::iter::once(one.style).chain(0..STYLES).find(|style| !taken[*style]);
        one.style = free.unwrap_or(one.style);
        taken[one.style] = true;
    }
    series
}
