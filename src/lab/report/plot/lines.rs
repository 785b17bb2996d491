//! Line plots.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::element::{EmptyElement, Polygon};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{AXIS, Drawn, FONT, GRID, HEIGHT, INK, LEGEND, MARK, Series, WIDTH, centred, padded, ticks};
use super::legend::{legend_height, shape};
use super::picture::picture;

/// Lines over two logarithmic axes.
#[derive(Debug, Clone)]
pub struct Lines {
    /// The description for screen readers.
    pub description: String,
    /// The labels of the axes, with their units.
    pub axes: [String; 2],
    /// Format a value of each axis.
    pub labels: [fn(f64) -> String; 2],
    /// Each series with its points.
    pub series: Vec<(Series, Vec<(f64, f64)>)>,
    /// The positions of vertical lines on the first axis, with their labels.
    pub marks: Vec<(f64, String)>,
}

impl Lines {
    /// The plot as an SVG element.
    pub fn draw(&self) -> Drawn<String> {
        picture(HEIGHT, &self.names(), &self.description, |root| self.draw_lines(root))
    }

    /// The range of the second axis, extended so that the labels of the marks are above the lines.
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
            // The labels are below one another, as marks may be close together.
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

/// Draws a dashed vertical line.
fn dashed(root: &DrawingArea<SVGBackend<'_>, Shift>, [(x, bottom), (_, top)]: [(i32, i32); 2]) -> Drawn<()> {
    for y in (top..bottom).step_by(10) {
        root.draw(&PathElement::new([(x, y), (x, (y + 5).min(bottom))], INK.stroke_width(1)))?;
    }
    Ok(())
}
