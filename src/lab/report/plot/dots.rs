//! Rows of dots with intervals.

use plotters::coord::Shift;
use plotters::element::{EmptyElement, Polygon};
use plotters::prelude::*;

use super::canvas::{AXIS, Drawn, FONT, GRID, INK, LABELS, ROW, Series, WIDTH, centred, padded, shortened, ticks};
use super::legend::{legend_height, shape};
use super::picture::picture;

/// A row of dots, or a heading above rows.
#[derive(Debug, Clone)]
pub enum Row {
    /// A heading.
    Heading(String),
    /// A name, and the value of each series with the ends of its interval.
    Dots(String, Vec<Option<[f64; 3]>>),
}

/// Rows of dots over a logarithmic axis.
#[derive(Debug, Clone)]
pub struct Dots {
    /// The description for screen readers.
    pub description: String,
    /// The label of the axis, with its unit.
    pub axis: String,
    /// Formats a value of the axis.
    pub label: fn(f64) -> String,
    /// The position of a vertical line.
    pub reference: Option<f64>,
    /// The series.
    pub series: Vec<Series>,
    /// The rows, from top to bottom.
    pub rows: Vec<Row>,
}

impl Dots {
    /// The plot as an SVG element.
    pub fn draw(&self) -> Drawn<String> {
        let height = legend_height(&self.series) + ROW * self.rows.len() as u32 + AXIS;
        picture(height, &self.series, &self.description, |root| self.draw_rows(root))
    }

    fn draw_rows(&self, root: &DrawingArea<SVGBackend<'_>, Shift>) -> Drawn<()> {
        let values = self.rows.iter().flat_map(|row| match row {
            Row::Heading(_) => &[],
            Row::Dots(_, values) => values.as_slice(),
        });
        let range = padded(values.flatten().flatten().copied().chain(self.reference));
        let count = self.rows.len() as f64;
        let legend = legend_height(&self.series);
        let mut chart = ChartBuilder::on(root)
            .margin_top(legend)
            .margin_left(LABELS)
            .margin_right(24)
            .margin_bottom(AXIS)
            .build_cartesian_2d(range.clone().log_scale(), 0.0..count)?;
        for tick in ticks(&range) {
            chart.draw_series([PathElement::new([(tick, 0.0), (tick, count)], GRID)])?;
            let (x, bottom) = chart.backend_coord(&(tick, 0.0));
            root.draw(&Text::new((self.label)(tick), (x, bottom + 8), centred()))?;
        }
        let middle = (LABELS + (WIDTH - LABELS) / 2) as i32;
        root.draw(&Text::new(self.axis.clone(), (middle, root.dim_in_pixel().1 as i32 - 20), centred()))?;
        if let Some(reference) = self.reference {
            chart.draw_series([PathElement::new([(reference, 0.0), (reference, count)], INK.stroke_width(2))])?;
        }
        for (index, row) in self.rows.iter().enumerate() {
            let y = count - index as f64 - 0.5;
            let middle = (legend + ROW * index as u32 + ROW / 2) as i32;
            match row {
                Row::Heading(text) => {
                    let font = FONT.into_font().style(FontStyle::Bold).color(&INK);
                    root.draw(&Text::new(text.clone(), (4, middle - 7), font))?;
                }
                Row::Dots(text, values) => {
                    root.draw(&Text::new(shortened(text), (18, middle - 7), FONT.into_font().color(&INK)))?;
                    chart.draw_series([PathElement::new([(range.start, y), (range.end, y)], GRID)])?;
                    for (series, value) in self.series.iter().zip(values) {
                        let Some([value, low, high]) = *value else { continue };
                        let color = series.color();
                        chart.draw_series([PathElement::new([(low, y), (high, y)], color.stroke_width(2))])?;
                        let mark = Polygon::new(shape(series.style), color.filled());
                        chart.draw_series([EmptyElement::at((value, y)) + mark])?;
                    }
                }
            }
        }
        Ok(())
    }
}
