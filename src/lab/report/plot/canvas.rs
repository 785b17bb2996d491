//! Colours, sizes and axes of all kinds of plots.

use std::ops::Range;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// The result of drawing. The SVG backend draws into a string, so errors are unlikely.
pub(super) type Drawn<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Placeholder colours, which no plot uses. The finished picture has CSS variables of the page in their place.
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

/// Sizes in pixels. On a page that is narrower than the width, the plot scrolls.
pub(super) const WIDTH: u32 = 900;
pub(super) const LABELS: u32 = 190;
pub(super) const LEGEND: u32 = 14;
pub(super) const LEGEND_LINE: u32 = 20;
pub(super) const ROW: u32 = 25;
pub(super) const AXIS: u32 = 52;
pub(super) const HEIGHT: u32 = 400;
pub(super) const MARK: f64 = 16.0;
pub(super) const FONT: (&str, u32) = ("sans-serif", 14);

/// A series: what is drawn in one shape and colour. An arm has the same style in all plots of a page.
#[derive(Debug, Clone)]
pub struct Series {
    /// The name.
    pub name: String,
    /// The index of its shape and colour, 0 to 7.
    pub style: usize,
}

impl Series {
    pub(super) fn color(&self) -> RGBColor {
        SERIES[self.style % SERIES.len()]
    }
}

/// The range of the values with some margin. Without values it is 0.5 to 2.
pub(super) fn padded(values: impl Iterator<Item = f64>) -> Range<f64> {
    let usable = values.filter(|value| value.is_finite() && *value > 0.0);
    let (low, high) = usable.fold((f64::INFINITY, 0.0f64), |(low, high), value| (low.min(value), high.max(value)));
    if low <= high { low / 1.25..high * 1.25 } else { 0.5..2.0 }
}

/// The ticks of an axis: 1, 2 and 5 times each power of ten, or only the powers if there would be too many ticks.
pub(super) fn ticks(range: &Range<f64>) -> Vec<f64> {
    let powers = range.start.log10().floor() as i32..=range.end.log10().ceil() as i32;
    let steps: &[f64] = if range.end / range.start > 2e3 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let all = powers.flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)));
    all.filter(|tick| range.contains(tick)).collect()
}

pub(super) fn centred() -> TextStyle<'static> {
    FONT.into_font().color(&INK).pos(Pos::new(HPos::Center, VPos::Top))
}

/// The name of a row, shortened to the width of the labels.
pub(super) fn shortened(text: &str) -> String {
    const MAX_CHARS: usize = 24;
    if text.chars().count() > MAX_CHARS {
        text.chars().take(MAX_CHARS - 1).chain(['…']).collect()
    } else {
        text.to_owned()
    }
}
