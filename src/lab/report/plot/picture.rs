//! A plot below its legend, as an SVG element.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::canvas::{Drawn, GRID, INK, PAPER, SERIES, Series, WIDTH};
use super::legend::legend;

/// Draws a plot with the given height, legend included.
pub fn picture(
    height: u32,
    series: &[Series],
    description: &str,
    draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> Drawn<()>,
) -> Drawn<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        legend(&root, series)?;
        draw(&root)?;
        root.present()?;
    }
    Ok(finish(svg, description))
}

/// Replaces the placeholder colours, and adds the description.
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
