//! Comparing two runs.

mod arms;
mod comparison;

pub use comparison::{Compared, Comparison, Different, Run, counted, within, word};

use super::Report;
use super::format::time;

impl Comparison {
    /// Compares two runs, each given with the name of its file.
    pub fn new(first: (&str, &Report), second: (&str, &Report)) -> Self {
        let run = |(file, report): (&str, &Report)| Run {
            file: file.to_owned(),
            started: report.started,
            command: report.command.clone(),
        };
        let (first_arms, second_arms) = (arms::all(first.1), arms::all(second.1));
        let mut rows = Vec::new();
        let mut alone = [Vec::new(), Vec::new()];
        for arm in &first_arms {
            match second_arms.iter().find(|other| other.is_same_arm(arm)) {
                Some(other) => rows.push(arm.compare(other)),
                None => alone[0].push(arm.key().join(", ")),
            }
        }
        let only_second = second_arms.iter().filter(|other| !first_arms.iter().any(|arm| arm.is_same_arm(other)));
        alone[1].extend(only_second.map(|other| other.key().join(", ")));
        Self { runs: [run(first), run(second)], rows, alone, environment: environment(first.1, second.1) }
    }
}

fn environment(first: &Report, second: &Report) -> Vec<Different> {
    let rows_with_plan = |report: &Report| {
        let mut rows: Vec<(String, String)> =
            report.environment.rows().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        rows.push(("rounds".to_owned(), report.rounds.to_string()));
        rows.push(("length of a sample".to_owned(), time(report.sample_ns as f64)));
        rows
    };
    let pairs = rows_with_plan(first).into_iter().zip(rows_with_plan(second));
    let different = pairs.filter(|((_, first), (_, second))| first != second);
    different.map(|((name, first), (_, second))| Different { name, values: [first, second] }).collect()
}
