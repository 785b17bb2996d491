//! The plot of a comparison of two runs.

use super::arms::{STYLES, distinct};
use super::figure::{Figure, Plot, draw};
use crate::lab::LabError;
use crate::lab::report::compare::Compared;
use crate::lab::report::plot::{Dots, Row};

/// The plot of an experiment in two runs. There is none if no arm has a ratio.
pub fn of_comparison(experiment: &str, compared: &[Compared]) -> Result<Option<Figure>, LabError> {
    let mut names: Vec<String> = Vec::new();
    for row in compared.iter().filter(|row| row.ratio.is_some()) {
        if !names.contains(&row.arm) {
            names.push(row.arm.clone());
        }
    }
    if names.is_empty() {
        return Ok(None);
    }
    let left_out = names.split_off(names.len().min(STYLES));
    let mut rows = Vec::new();
    let mut section = "";
    for arms in compared.chunk_by(|a, b| (&a.section, &a.title) == (&b.section, &b.title)) {
        if arms[0].section != section {
            section = &arms[0].section;
            rows.push(Row::Heading(section.to_owned()));
        }
        let value = |name: &String| {
            let found = arms.iter().find(|row| row.arm == *name)?.ratio?;
            Some([found.value, found.interval.low, found.interval.high])
        };
        rows.push(Row::Dots(arms[0].title.clone(), names.iter().map(value).collect()));
    }
    let dots = Dots {
        description: format!(
            "{experiment}: time in the second run as a multiple of the first; the tables below have the values."
        ),
        axis: "time as a multiple of the first run (logarithmic)".to_owned(),
        label: |value| format!("{value}x"),
        reference: Some(1.0),
        rows,
        series: distinct(&names),
    };
    let mut caption =
        "Time in the second run as a multiple of the first. Left of the line the second run is faster.".to_owned();
    if !left_out.is_empty() {
        caption += &format!(" Only in the tables: {}.", left_out.join("; "));
    }
    draw(experiment, (Plot::Dots(dots), caption)).map(Some)
}
