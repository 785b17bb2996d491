//! Drawing: dots in rows, lines, and bars of parts. Series differ in shape as well as in colour, and colours are names that the page
//! gives a value in light, dark and print.

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
