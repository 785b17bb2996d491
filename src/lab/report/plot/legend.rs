//! Legends, and the marks of series.

use plotters::coord::Shift;
use plotters::element::{EmptyElement, Polygon};
use plotters::prelude::*;

use super::canvas::{Drawn, FONT, INK, LEGEND, LEGEND_LINE, SERIES, Series, WIDTH};

/// The outline of a mark around its point: square, circle, triangle, diamond, plus, inverted triangle, cross, bar.
pub fn shape(series: usize) -> Vec<(i32, i32)> {
    match series % SERIES.len() {
        0 => vec![(-5, -5), (5, -5), (5, 5), (-5, 5)],
        1 => vec![(0, -6), (4, -4), (6, 0), (4, 4), (0, 6), (-4, 4), (-6, 0), (-4, -4)],
        2 => vec![(0, -7), (7, 5), (-7, 5)],
        3 => vec![(0, -7), (7, 0), (0, 7), (-7, 0)],
        5 => vec![(-7, -5), (7, -5), (0, 7)],
        6 => vec![
            (0, -3),
            (4, -7),
            (7, -4),
            (3, 0),
            (7, 4),
            (4, 7),
            (0, 3),
            (-4, 7),
            (-7, 4),
            (-3, 0),
            (-7, -4),
            (-4, -7),
        ],
        7 => vec![(-3, -7), (3, -7), (3, 7), (-3, 7)],
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

/// The positions of the names of a legend, in as many lines as they need.
fn legend_positions(names: &[Series]) -> Vec<(i32, i32)> {
    let (mut x, mut y) = (14, 14);
    let mut positions = Vec::new();
    for series in names {
        let width = 34 + 7 * series.name.chars().count() as i32;
        if x > 14 && x + width > WIDTH as i32 {
            (x, y) = (14, y + LEGEND_LINE as i32);
        }
        positions.push((x, y));
        x += width;
    }
    positions
}

pub fn legend_height(names: &[Series]) -> u32 {
    LEGEND + legend_positions(names).last().map_or(LEGEND_LINE, |(_, y)| *y as u32 + LEGEND_LINE - 14)
}

pub fn legend(root: &DrawingArea<SVGBackend<'_>, Shift>, names: &[Series]) -> Drawn<()> {
    for (series, (x, y)) in names.iter().zip(legend_positions(names)) {
        root.draw(&(EmptyElement::at((x, y)) + Polygon::new(shape(series.style), series.color().filled())))?;
        root.draw(&Text::new(series.name.clone(), (x + 12, y - 7), FONT.into_font().color(&INK)))?;
    }
    Ok(())
}
