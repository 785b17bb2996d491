//! Drawing: dots in rows, and lines. Series differ in shape as well as in colour, and colours are names that the page
//! gives a value in light, dark and print.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::element::{EmptyElement, Polygon};
use plotters::prelude::*;

/// What drawing can fail with, as text: the vector backend draws into a string and has no failures of its own.
type Drawn<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Stand-ins that no real colour of a plot equals; replaced by the page's names in [`finish`].
const INK: RGBColor = RGBColor(1, 2, 3);
const GRID: RGBColor = RGBColor(1, 2, 4);
const SERIES: [RGBColor; 5] =
    [RGBColor(1, 3, 0), RGBColor(1, 3, 1), RGBColor(1, 3, 2), RGBColor(1, 3, 3), RGBColor(1, 3, 4)];

/// Pixels: the plot is shown at this width, or scrolls.
const WIDTH: u32 = 900;
const LABELS: u32 = 190;
const LEGEND: u32 = 34;
const ROW: u32 = 25;
const AXIS: u32 = 52;
const FONT: (&str, u32) = ("sans-serif", 14);

/// A row of dots, or a heading above some.
#[derive(Debug, Clone)]
pub enum Row {
    /// A heading.
    Heading(String),
    /// A name, and for each series a value with its interval if there is one.
    Dots(String, Vec<Option<[f64; 3]>>),
}

/// Dots in rows over a logarithmic axis.
#[derive(Debug, Clone)]
pub struct Dots {
    /// What it shows, for who cannot see it.
    pub description: String,
    /// The axis, with its unit.
    pub axis: String,
    /// Writes a value of the axis.
    pub label: fn(f64) -> String,
    /// Where a line is drawn from top to bottom.
    pub reference: Option<f64>,
    /// Names of the series.
    pub series: Vec<String>,
    /// From top to bottom.
    pub rows: Vec<Row>,
}

/// Lines over two logarithmic axes.
#[derive(Debug, Clone)]
pub struct Lines {
    /// What it shows, for who cannot see it.
    pub description: String,
    /// The axes, with their units.
    pub axes: [String; 2],
    /// Write a value of each axis.
    pub labels: [fn(f64) -> String; 2],
    /// Name and points of each series.
    pub series: Vec<(String, Vec<(f64, f64)>)>,
}

impl Dots {
    /// As an SVG element.
    pub fn draw(&self) -> Drawn<String> {
        let height = LEGEND + ROW * self.rows.len() as u32 + AXIS;
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
            legend(&root, &self.series)?;
            self.draw_rows(&root)?;
            root.present()?;
        }
        Ok(finish(svg, &self.description))
    }

    fn draw_rows(&self, root: &DrawingArea<SVGBackend<'_>, Shift>) -> Drawn<()> {
        let values = self.rows.iter().flat_map(|row| match row {
            Row::Heading(_) => &[],
            Row::Dots(_, values) => values.as_slice(),
        });
        let range = padded(values.flatten().flatten().copied().chain(self.reference));
        let count = self.rows.len() as f64;
        let mut chart = ChartBuilder::on(root)
            .margin_top(LEGEND)
            .margin_left(LABELS)
            .margin_right(24)
            .x_label_area_size(AXIS)
            .build_cartesian_2d(range.clone().log_scale(), 0.0..count)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .y_labels(0)
            .x_labels(9)
            .x_label_formatter(&|value| (self.label)(*value))
            .x_desc(self.axis.clone())
            .label_style(FONT.into_font().color(&INK))
            .axis_desc_style(FONT.into_font().color(&INK))
            .axis_style(GRID)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .draw()?;
        if let Some(reference) = self.reference {
            chart.draw_series([PathElement::new([(reference, 0.0), (reference, count)], INK.stroke_width(2))])?;
        }
        for (index, row) in self.rows.iter().enumerate() {
            let y = count - index as f64 - 0.5;
            let middle = (LEGEND + ROW * index as u32 + ROW / 2) as i32;
            match row {
                Row::Heading(text) => {
                    let font = FONT.into_font().style(FontStyle::Bold).color(&INK);
                    root.draw(&Text::new(text.clone(), (4, middle - 7), font))?;
                }
                Row::Dots(text, values) => {
                    root.draw(&Text::new(text.clone(), (18, middle - 7), FONT.into_font().color(&INK)))?;
                    chart.draw_series([PathElement::new([(range.start, y), (range.end, y)], GRID)])?;
                    for (series, value) in values.iter().enumerate() {
                        let Some([value, low, high]) = *value else { continue };
                        let color = SERIES[series % SERIES.len()];
                        chart.draw_series([PathElement::new([(low, y), (high, y)], color.stroke_width(2))])?;
                        chart.draw_series([
                            EmptyElement::at((value, y)) + Polygon::new(shape(series), color.filled())
                        ])?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Lines {
    /// As an SVG element.
    pub fn draw(&self) -> Drawn<String> {
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, (WIDTH, 400)).into_drawing_area();
            let names: Vec<String> = self.series.iter().map(|(name, _)| name.clone()).collect();
            legend(&root, &names)?;
            self.draw_lines(&root)?;
            root.present()?;
        }
        Ok(finish(svg, &self.description))
    }

    fn draw_lines(&self, root: &DrawingArea<SVGBackend<'_>, Shift>) -> Drawn<()> {
        let points = || self.series.iter().flat_map(|(_, points)| points.iter().copied());
        let (xs, ys) = (padded(points().map(|point| point.0)), padded(points().map(|point| point.1)));
        let mut chart = ChartBuilder::on(root)
            .margin_top(LEGEND)
            .margin_right(24)
            .x_label_area_size(AXIS)
            .y_label_area_size(90)
            .build_cartesian_2d(xs.log_scale(), ys.log_scale())?;
        chart
            .configure_mesh()
            .x_labels(8)
            .y_labels(8)
            .x_label_formatter(&|value| (self.labels[0])(*value))
            .y_label_formatter(&|value| (self.labels[1])(*value))
            .x_desc(self.axes[0].clone())
            .y_desc(self.axes[1].clone())
            .label_style(FONT.into_font().color(&INK))
            .axis_desc_style(FONT.into_font().color(&INK))
            .axis_style(GRID)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .draw()?;
        for (series, (_, points)) in self.series.iter().enumerate() {
            let color = SERIES[series % SERIES.len()];
            chart.draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)))?;
            let dot = |&point| EmptyElement::at(point) + Polygon::new(shape(series), color.filled());
            chart.draw_series(points.iter().map(dot))?;
        }
        Ok(())
    }
}

/// A little more than what the values span; from a half to two where there are none.
fn padded(values: impl Iterator<Item = f64>) -> Range<f64> {
    let usable = values.filter(|value| value.is_finite() && *value > 0.0);
    let (low, high) = usable.fold((f64::INFINITY, 0.0f64), |(low, high), value| (low.min(value), high.max(value)));
    match low <= high {
        true => low / 1.25..high * 1.25,
        false => 0.5..2.0,
    }
}

/// The outline of a series' mark around its point: circle, square, triangle, diamond, cross.
fn shape(series: usize) -> Vec<(i32, i32)> {
    match series % SERIES.len() {
        0 => vec![(-5, -5), (5, -5), (5, 5), (-5, 5)],
        1 => vec![(0, -6), (4, -4), (6, 0), (4, 4), (0, 6), (-4, 4), (-6, 0), (-4, -4)],
        2 => vec![(0, -7), (7, 5), (-7, 5)],
        3 => vec![(0, -7), (7, 0), (0, 7), (-7, 0)],
        _ => vec![
            (-2, -6),
            (2, -6),
            (2, -2),
            (6, -2),
            (6, 2),
            (2, 2),
            (2, 6),
            (-2, 6),
            (-2, 2),
            (-6, 2),
            (-6, -2),
            (-2, -2),
        ],
    }
}

fn legend(root: &DrawingArea<SVGBackend<'_>, Shift>, names: &[String]) -> Drawn<()> {
    let mut x = 14;
    for (series, name) in names.iter().enumerate() {
        let color = SERIES[series % SERIES.len()];
        root.draw(&(EmptyElement::at((x, 14)) + Polygon::new(shape(series), color.filled())))?;
        root.draw(&Text::new(name.clone(), (x + 12, 7), FONT.into_font().color(&INK)))?;
        x += 40 + 8 * name.len() as i32;
    }
    Ok(())
}

/// Gives colours their names and the picture its description, and lets its size follow the page.
fn finish(svg: String, description: &str) -> String {
    let named = |svg: String, color: RGBColor, name: &str| {
        svg.replace(&format!("#{:02X}{:02X}{:02X}", color.0, color.1, color.2), &format!("var(--{name})"))
    };
    let mut svg = named(named(svg, INK, "ink"), GRID, "grid");
    for (index, color) in SERIES.into_iter().enumerate() {
        svg = named(svg, color, &format!("series-{index}"));
    }
    let description = description.replace('&', "&amp;").replace('<', "&lt;");
    svg.replacen("<svg ", "<svg role=\"img\" ", 1).replacen(">\n", &format!(">\n<title>{description}</title>\n"), 1)
}
