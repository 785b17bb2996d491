//! Arms in plots: styles, names, rows and times.

use crate::lab::experiments::{Group, Measured, access, call, fault as faults, reentry as reentries};
use crate::lab::report::format::time;
use crate::lab::report::plot::{Row, Series};

/// The label of a tick: a time without trailing zeros.
pub fn tick(ns: f64) -> String {
    let text = time(ns);
    let (number, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{number} {unit}")
}

pub fn point(arm: &Measured) -> [f64; 3] {
    [arm.median_ns, arm.interval_ns.low, arm.interval_ns.high]
}

/// The series of arms, each with the style that it has in all plots.
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

/// The names of all arms, in the order of first appearance.
pub fn arm_names<'a>(groups: impl Iterator<Item = &'a Group>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for arm in groups.flat_map(|group| &group.arms) {
        if !names.contains(&arm.name) {
            names.push(arm.name.clone());
        }
    }
    names
}

/// The rows of the plot, with a heading for each table. `value` returns a value of an arm and the ends of its interval.
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

/// The number of styles.
pub const STYLES: usize = 8;

/// The series of arms, each with its style in other plots if that is free, and with another style otherwise.
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
