//! Which plot shows an experiment.

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
use kinds::{others_figure, times};

/// The plots of an experiment; none if nothing was measured.
pub fn of(findings: &Findings) -> Result<Vec<Figure>, LabError> {
    let figures = match findings.name.as_str() {
        _ if findings.groups.is_empty() => Vec::new(),
        "access" => access::figures(findings),
        "call" => {
            let caption = "Each way against slices. Left of the line it is faster, right of it slices are. Window: a copy of the storage in own memory.";
            let mut figures = others_figure(findings, caption);
            figures.extend(parts::figure(findings));
            figures
        }
        contracts::NAME => {
            let base = findings.groups.first().map_or("", |group| &group.base);
            let caption = format!("Time against {base}. Left of the line an arm is faster, right of it {base} is.");
            others_figure(findings, &caption)
        }
        "fault" => fault::figures(findings),
        "crossover" => crossover::figures(findings),
        "growth" => growth::figures(findings),
        "reentry" => reentry::figures(findings),
        "durability" => vec![growth::durability(findings)],
        "floor" => others_figure(
            findings,
            "Each way against the same work by hand, without a contract. The line is where a call would cost no more than that.",
        ),
        PEERS => peers::figures(findings),
        _ => vec![times(findings, &|_| true, "Time of each way, with its 95 % interval. Further left is faster.")],
    };
    figures.into_iter().map(|figure| draw(&findings.name, figure)).collect()
}

/// Draws dots that are no experiment's.
pub fn draw_dots(name: &str, dots: Dots) -> Result<Figure, LabError> {
    draw(name, (Plot::Dots(dots), String::new()))
}
