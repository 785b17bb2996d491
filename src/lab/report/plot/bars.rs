//! Bars of equal length, divided into parts.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{AXIS, Drawn, FONT, GRID, INK, LABELS, PAPER, ROW, Series, WIDTH, centred, shortened};
use super::legend::legend_height;
use super::picture::picture;

/// The width of the labels to the right of the bars.
const WHOLE: u32 = 90;

/// Half the height of a bar.
const HALF_HEIGHT: i32 = 9;

/// The width of the narrowest part with a letter.
const LETTER_WIDTH: i32 = 13;

/// A bar, or a heading above bars.
#[derive(Debug, Clone)]
pub enum Bar {
    /// A heading.
    Heading(String),
    /// A name, a value for each part, and the label of the whole.
    Parts(String, Vec<f64>, String),
}

/// Bars whose parts are shares of a whole. A part is distinguished by its letter and position, not only by its colour.
#[derive(Debug, Clone)]
pub struct Bars {
    /// The description for screen readers.
    pub description: String,
    /// The label of the axis.
    pub axis: String,
    /// The parts, from left to right. Their names begin with different letters.
    pub parts: Vec<Series>,
    /// The bars, from top to bottom.
    pub bars: Vec<Bar>,
}

impl Bars {
    /// The plot as an SVG element.
    pub fn draw(&self) -> Drawn<String> {
        let height = legend_height(&self.parts) + ROW * self.bars.len() as u32 + AXIS;
        picture(height, &self.parts, &self.description, |root| self.draw_bars(root))
    }

    fn draw_bars(&self, root: &DrawingArea<SVGBackend<'_>, Shift>) -> Drawn<()> {
        let top = legend_height(&self.parts) as i32;
        let bottom = top + (ROW as usize * self.bars.len()) as i32;
        for percent in [0, 25, 50, 75, 100] {
            let x = position(f64::from(percent) / 100.0);
            root.draw(&PathElement::new([(x, top), (x, bottom)], GRID))?;
            root.draw(&Text::new(format!("{percent} %"), (x, bottom + 8), centred()))?;
        }
        root.draw(&Text::new(self.axis.clone(), (position(0.5), root.dim_in_pixel().1 as i32 - 20), centred()))?;
        for (index, bar) in self.bars.iter().enumerate() {
            let middle = top + (ROW as usize * index) as i32 + ROW as i32 / 2;
            match bar {
                Bar::Heading(text) => {
                    let font = FONT.into_font().style(FontStyle::Bold).color(&INK);
                    root.draw(&Text::new(text.clone(), (4, middle - 7), font))?;
                }
                Bar::Parts(name, values, whole) => {
                    root.draw(&Text::new(shortened(name), (18, middle - 7), FONT.into_font().color(&INK)))?;
                    let font = FONT.into_font().color(&INK).pos(Pos::new(HPos::Left, VPos::Center));
                    root.draw(&Text::new(whole.clone(), (position(1.0) + 8, middle), font))?;
                    self.draw_parts(root, values, middle)?;
                }
            }
        }
        Ok(())
    }

    /// Draws each part as an outlined box in its colour, with its letter in the middle.
    fn draw_parts(&self, root: &DrawingArea<SVGBackend<'_>, Shift>, values: &[f64], middle: i32) -> Drawn<()> {
        let sum: f64 = values.iter().map(|value| value.max(0.0)).sum();
        let mut start = 0.0;
        for (part, value) in self.parts.iter().zip(values) {
            let [left, right] = [start, start + value.max(0.0)].map(|value| position(value / sum));
            start += value.max(0.0);
            if left == right {
                continue;
            }
            let corners = [(left, middle - HALF_HEIGHT), (right, middle + HALF_HEIGHT)];
            root.draw(&Rectangle::new(corners, part.color().filled()))?;
            root.draw(&Rectangle::new(corners, INK.stroke_width(1)))?;
            let letter: String = part.name.chars().take(1).flat_map(char::to_uppercase).collect();
            if right - left >= LETTER_WIDTH {
                let font = FONT.into_font().style(FontStyle::Bold).color(&PAPER);
                let font = font.pos(Pos::new(HPos::Center, VPos::Center));
                root.draw(&Text::new(letter, ((left + right) / 2, middle), font))?;
            }
        }
        Ok(())
    }
}

/// The horizontal position of a share of the whole.
fn position(share: f64) -> i32 {
    LABELS as i32 + (f64::from(WIDTH - LABELS - WHOLE) * share).round() as i32
}
