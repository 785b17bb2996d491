//! The plots of each experiment.

mod access;
mod arms;
mod comparison;
mod crossover;
mod fault;
mod figure;
mod growth;
mod kinds;
mod parts;
mod peers;
mod reentry;

pub use arms::arm_names;
pub use comparison::of_comparison;
pub use figure::Figure;

use super::PEERS;
use crate::lab::LabError;
use crate::lab::experiments::{Findings, contracts};
use crate::lab::report::plot::Dots;
use figure::{Plot, draw};
use kinds::{ratios, times};

/// The plots of an experiment. There is none if nothing was measured.
pub fn of(findings: &Findings) -> Result<Vec<Figure>, LabError> {
    let figures = match findings.name.as_str() {
        _ if findings.groups.is_empty() => Vec::new(),
        "access" => access::figures(findings),
        "call" => {
            let caption = "Time as a multiple of slices. Left of the line the arm is faster than slices. window: a copy of storage in own memory.";
            let mut figures = ratios(findings, caption);
            figures.extend(parts::figure(findings));
            figures
        }
        contracts::NAME => {
            let base = findings.groups.first().map_or("", |group| &group.base);
            let caption = format!("Time as a multiple of {base}. Left of the line the arm is faster than {base}.");
            ratios(findings, &caption)
        }
        "fault" => fault::figures(findings),
        "crossover" => crossover::figures(findings),
        "growth" => growth::figures(findings),
        "reentry" => reentry::figures(findings),
        "durability" => vec![growth::durability(findings)],
        "floor" => ratios(
            findings,
            "Time as a multiple of the same work by hand, without a contract. On the line, a call takes no longer than that work.",
        ),
        "programs" => ratios(
            findings,
            "Time as a multiple of the same program on plain own memory. On the line, storage costs nothing.",
        ),
        PEERS => peers::figures(findings),
        _ => vec![times(findings, &|_| true, "Time of each arm, with its 95 % interval. Further left is faster.")],
    };
    figures.into_iter().map(|figure| draw(&findings.name, figure)).collect()
}

/// Draws dots that do not belong to an experiment.
pub fn draw_dots(name: &str, dots: Dots) -> Result<Figure, LabError> {
    draw(name, (Plot::Dots(dots), String::new()))
}
