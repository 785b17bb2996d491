//! Drawing: dots in rows, lines, and bars of parts. Series differ in shape as well as in colour, and colours are names that the page
//! gives a value in light, dark and print.

mod bars;
mod legend;

pub use bars::{Bar, Bars};

use std::ops::Range;

use plotters::coord::Shift;
use plotters::element::{EmptyElement, Polygon};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use legend::{legend, legend_height, shape};

/// What drawing can fail with, as text: the vector backend draws into a string and has no failures of its own.
type Drawn<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Stand-ins that no real colour of a plot equals; replaced by the page's names in [`finish`].
const INK: RGBColor = RGBColor(1, 2, 3);
const GRID: RGBColor = RGBColor(1, 2, 4);
const PAPER: RGBColor = RGBColor(1, 2, 5);
const SERIES: [RGBColor; 8] = {
    let mut colors = [RGBColor(1, 3, 0); 8];
    let mut index = 1;
    while index < colors.len() {
        colors[index] = RGBColor(1, 3, index as u8);
        index += 1;
    }
    colors
};

/// Pixels: the plot is shown at this width, or scrolls.
const WIDTH: u32 = 900;
const LABELS: u32 = 190;
const LEGEND: u32 = 14;
const LEGEND_LINE: u32 = 20;
const ROW: u32 = 25;
const AXIS: u32 = 52;
const HEIGHT: u32 = 400;
const MARK: f64 = 16.0;
const FONT: (&str, u32) = ("sans-serif", 14);

/// What is drawn in one shape and colour. The same thing has the same in all plots of a page.
#[derive(Debug, Clone)]
pub struct Series {
    /// What it is called.
    pub name: String,
    /// Which of the shapes and colours, 0 to 7.
    pub style: usize,
}

impl Series {
    fn color(&self) -> RGBColor {
        SERIES[self.style % SERIES.len()]
    }
}

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
    /// The series.
    pub series: Vec<Series>,
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
    /// Each series with its points.
    pub series: Vec<(Series, Vec<(f64, f64)>)>,
    /// Places on the first axis that are marked by a line from top to bottom, with what is said of them.
    pub marks: Vec<(f64, String)>,
}

impl Dots {
    /// As an SVG element.
    pub fn draw(&self) -> Drawn<String> {
        let height = legend_height(&self.series) + ROW * self.rows.len() as u32 + AXIS;
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

impl Lines {
    /// As an SVG element.
    pub fn draw(&self) -> Drawn<String> {
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
            legend(&root, &self.names())?;
            self.draw_lines(&root)?;
            root.present()?;
        }
        Ok(finish(svg, &self.description))
    }

    /// A range with so much more above that what is said of the marks stands over the lines.
    fn room_for_marks(&self, ys: Range<f64>) -> Range<f64> {
        let share = (MARK * self.marks.len() as f64 / (HEIGHT - LEGEND - AXIS) as f64).min(0.5);
        ys.start..ys.end * (ys.end / ys.start).powf(share / (1.0 - share))
    }

    fn names(&self) -> Vec<Series> {
        self.series.iter().map(|(series, _)| series.clone()).collect()
    }

    fn draw_lines(&self, root: &DrawingArea<SVGBackend<'_>, Shift>) -> Drawn<()> {
        let names = self.names();
        let points = || self.series.iter().flat_map(|(_, points)| points.iter().copied());
        let xs = padded(points().map(|point| point.0));
        let ys = self.room_for_marks(padded(points().map(|point| point.1)));
        let mut chart = ChartBuilder::on(root)
            .margin_top(legend_height(&names))
            .margin_right(24)
            .margin_bottom(AXIS)
            .margin_left(90)
            .build_cartesian_2d(xs.clone().log_scale(), ys.clone().log_scale())?;
        for tick in ticks(&xs) {
            chart.draw_series([PathElement::new([(tick, ys.start), (tick, ys.end)], GRID)])?;
            let (x, bottom) = chart.backend_coord(&(tick, ys.start));
            root.draw(&Text::new((self.labels[0])(tick), (x, bottom + 8), centred()))?;
        }
        for tick in ticks(&ys) {
            chart.draw_series([PathElement::new([(xs.start, tick), (xs.end, tick)], GRID)])?;
            let (left, y) = chart.backend_coord(&(xs.start, tick));
            let font = FONT.into_font().color(&INK).pos(Pos::new(HPos::Right, VPos::Center));
            root.draw(&Text::new((self.labels[1])(tick), (left - 8, y), font))?;
        }
        root.draw(&Text::new(self.axes[0].clone(), (WIDTH as i32 / 2, root.dim_in_pixel().1 as i32 - 20), centred()))?;
        let turned = centred().transform(FontTransform::Rotate270);
        root.draw(&Text::new(self.axes[1].clone(), (8, root.dim_in_pixel().1 as i32 / 2), turned))?;
        for (index, (place, text)) in self.marks.iter().enumerate() {
            let line = [(*place, ys.start), (*place, ys.end)].map(|point| chart.backend_coord(&point));
            dashed(root, line)?;
            // Names of marks that lie close together stand below one another.
            let (x, y) = (line[0].0, line[1].1 + MARK as i32 * index as i32);
            let (side, x) = if x > WIDTH as i32 * 2 / 3 { (HPos::Right, x - 6) } else { (HPos::Left, x + 6) };
            let font = FONT.into_font().color(&INK).pos(Pos::new(side, VPos::Top));
            root.draw(&Text::new(text.clone(), (x, y), font))?;
        }
        for (series, points) in &self.series {
            let color = series.color();
            chart.draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)))?;
            let dot = |&point| EmptyElement::at(point) + Polygon::new(shape(series.style), color.filled());
            chart.draw_series(points.iter().map(dot))?;
        }
        Ok(())
    }
}

/// A line from top to bottom, in strokes.
fn dashed(root: &DrawingArea<SVGBackend<'_>, Shift>, [(x, bottom), (_, top)]: [(i32, i32); 2]) -> Drawn<()> {
    for y in (top..bottom).step_by(10) {
        root.draw(&PathElement::new([(x, y), (x, (y + 5).min(bottom))], INK.stroke_width(1)))?;
    }
    Ok(())
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

/// Where an axis is labelled: at 1, 2 and 5 of each power of ten, or only at 1 where that would be too many.
fn ticks(range: &Range<f64>) -> Vec<f64> {
    let powers = range.start.log10().floor() as i32..=range.end.log10().ceil() as i32;
    let steps: &[f64] = if range.end / range.start > 2e3 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let all = powers.flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)));
    all.filter(|tick| range.contains(tick)).collect()
}

fn centred() -> TextStyle<'static> {
    FONT.into_font().color(&INK).pos(Pos::new(HPos::Center, VPos::Top))
}

/// Gives colours their names and the picture its description, and lets its size follow the page.
fn finish(svg: String, description: &str) -> String {
    let named = |svg: String, color: RGBColor, name: &str| {
        svg.replace(&format!("#{:02X}{:02X}{:02X}", color.0, color.1, color.2), &format!("var(--{name})"))
    };
    let mut svg = named(named(named(svg, INK, "ink"), GRID, "grid"), PAPER, "paper");
    for (index, color) in SERIES.into_iter().enumerate() {
        svg = named(svg, color, &format!("series-{index}"));
    }
    let description = description.replace('&', "&amp;").replace('<', "&lt;");
    svg.replacen("<svg ", "<svg role=\"img\" ", 1).replacen(">\n", &format!(">\n<title>{description}</title>\n"), 1)
}

/// A row's name as far as there is room for it.
fn shortened(text: &str) -> String {
    const ROOM: usize = 24;
    match text.chars().count() > ROOM {
        true => text.chars().take(ROOM - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}
