//! Former names of tables and arms, in files of earlier programs.

use std::collections::BTreeMap;

use crate::lab::experiments::Findings;

/// Replaces former names of tables and arms with the current ones, which plots and sentences look up.
pub fn replace_former_names(findings: &mut Findings) {
    let names = current_names();
    let replace = |name: &mut String| {
        if let Some(current) = names.get(name.as_str()) {
            name.clone_from(current);
        }
    };
    for group in &mut findings.groups {
        replace(&mut group.section);
        replace(&mut group.base);
        group.arms.iter_mut().for_each(|arm| replace(&mut arm.name));
    }
    for crossing in &mut findings.crossings {
        [&mut crossing.of, &mut crossing.below, &mut crossing.above].into_iter().for_each(replace);
    }
}

/// The current name of each former name. A test parses the file.
fn current_names() -> BTreeMap<String, String> {
    serde_json::from_str(include_str!("former_names.json")).expect("the former names are valid JSON")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lab::experiments::{Crossing, Group, Per, access, crossover, fault, growth, reentry};
    use crate::lab::measure::{Layings, Series};

    fn findings(names: [&str; 3]) -> Findings {
        let [section, base, arm] = names;
        let series = [base, arm].map(|name| Series { name: name.to_owned(), batch: 1, samples: vec![1.0; 5] });
        Findings {
            name: "fault".to_owned(),
            question: String::new(),
            timed: String::new(),
            method: Vec::new(),
            groups: vec![Group::new(section, "read", Per::Page, base, series.into(), Duration::from_nanos(1))],
            crossings: vec![Crossing::of_rounds(base, arm, section, &[1.0; 5], Layings::ONE)],
            targets: Vec::new(),
        }
    }

    #[test]
    fn former_names_are_replaced_everywhere_and_current_names_stay() {
        for (former, current) in current_names() {
            let mut read = findings([&former, &former, "another"]);
            replace_former_names(&mut read);
            assert_eq!(read, findings([&current, &current, "another"]));
        }
    }

    /// A table that is renamed once more must be renamed in the file too.
    #[test]
    fn the_file_has_the_current_names_of_renamed_tables() {
        let looked_up = [
            &[access::SCAN, growth::CHANGED, fault::KEPT, fault::ORDER, fault::MANY_READS][..],
            &[fault::STEPPED_KEPT, fault::STEPPED_HALF],
            &[crossover::READS, crossover::CHANGES, crossover::COLD],
            &[reentry::ONCE, reentry::DEPTH, reentry::PAGES, reentry::DIRTY, reentry::GAS],
            &[reentry::BESIDE_WRITTEN, reentry::BESIDE_READ],
        ]
        .concat();
        let current: Vec<String> = current_names().into_values().collect();
        for name in looked_up {
            assert!(current.iter().any(|current| current == name), "{name}");
        }
    }
}
