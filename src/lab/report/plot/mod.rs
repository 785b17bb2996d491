//! Drawing of plots: rows of dots, lines, and divided bars. Series differ in shape and in colour. Colours are CSS variables,
//! which the page sets for light, dark and print.

mod bars;
mod canvas;
mod dots;
mod legend;
mod lines;
mod picture;

pub use bars::{Bar, Bars};
pub use canvas::Series;
pub use dots::{Dots, Row};
pub use lines::Lines;
