//! Plots with captions.

use crate::lab::LabError;
use crate::lab::report::plot::{Bars, Dots, Lines};

/// A drawn plot with its caption.
#[derive(Debug)]
pub struct Figure {
    /// The SVG element.
    pub svg: String,
    /// The caption.
    pub caption: String,
}

pub fn draw(experiment: &str, (plot, caption): (Plot, String)) -> Result<Figure, LabError> {
    let svg = match plot {
        Plot::Dots(dots) => dots.draw(),
        Plot::Lines(lines) => lines.draw(),
        Plot::Bars(bars) => bars.draw(),
    };
    let failed = |reason: Box<dyn std::error::Error + Send + Sync>| LabError::Plot {
        experiment: experiment.to_owned(),
        reason: reason.to_string(),
    };
    Ok(Figure { svg: svg.map_err(failed)?, caption })
}

pub enum Plot {
    Dots(Dots),
    Lines(Lines),
    Bars(Bars),
}
