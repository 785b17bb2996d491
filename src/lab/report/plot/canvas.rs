//! What all kinds of plots share: colours, sizes and axes.

use std::ops::Range;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// What drawing can fail with, as text: the vector backend draws into a string and has no failures of its own.
pub(super) type Drawn<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Stand-ins that no real colour of a plot equals; replaced by the page's names in the finished picture.
pub(super) const INK: RGBColor = RGBColor(1, 2, 3);
pub(super) const GRID: RGBColor = RGBColor(1, 2, 4);
pub(super) const PAPER: RGBColor = RGBColor(1, 2, 5);
pub(super) const SERIES: [RGBColor; 8] = {
    let mut colors = [RGBColor(1, 3, 0); 8];
    let mut index = 1;
    while index < colors.len() {
        colors[index] = RGBColor(1, 3, index as u8);
        index += 1;
    }
    colors
};

/// Pixels: the plot is shown at this width, or scrolls.
pub(super) const WIDTH: u32 = 900;
pub(super) const LABELS: u32 = 190;
pub(super) const LEGEND: u32 = 14;
pub(super) const LEGEND_LINE: u32 = 20;
pub(super) const ROW: u32 = 25;
pub(super) const AXIS: u32 = 52;
pub(super) const HEIGHT: u32 = 400;
pub(super) const MARK: f64 = 16.0;
pub(super) const FONT: (&str, u32) = ("sans-serif", 14);

/// What is drawn in one shape and colour. The same thing has the same in all plots of a page.
#[derive(Debug, Clone)]
pub struct Series {
    /// What it is called.
    pub name: String,
    /// Which of the shapes and colours, 0 to 7.
    pub style: usize,
}

impl Series {
    pub(super) fn color(&self) -> RGBColor {
        SERIES[self.style % SERIES.len()]
    }
}

/// A little more than what the values span; from a half to two where there are none.
pub(super) fn padded(values: impl Iterator<Item = f64>) -> Range<f64> {
    let usable = values.filter(|value| value.is_finite() && *value > 0.0);
    let (low, high) = usable.fold((f64::INFINITY, 0.0f64), |(low, high), value| (low.min(value), high.max(value)));
    match low <= high {
        true => low / 1.25..high * 1.25,
        false => 0.5..2.0,
    }
}

/// Where an axis is labelled: at 1, 2 and 5 of each power of ten, or only at 1 where that would be too many.
pub(super) fn ticks(range: &Range<f64>) -> Vec<f64> {
    let powers = range.start.log10().floor() as i32..=range.end.log10().ceil() as i32;
    let steps: &[f64] = if range.end / range.start > 2e3 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let all = powers.flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)));
    all.filter(|tick| range.contains(tick)).collect()
}

pub(super) fn centred() -> TextStyle<'static> {
    FONT.into_font().color(&INK).pos(Pos::new(HPos::Center, VPos::Top))
}

/// A row's name as far as there is room for it.
pub(super) fn shortened(text: &str) -> String {
    const ROOM: usize = 24;
    match text.chars().count() > ROOM {
        true => text.chars().take(ROOM - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}
