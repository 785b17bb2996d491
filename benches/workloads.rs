//! vellum
fn main() {}
