//! The switch of the deliberate mistakes, which only a copy of the crate has, as `src/mistake.rs`.

use std::env;
use std::sync::LazyLock;

/// The one mistake that this process makes, if it makes any.
static MADE: LazyLock<String> = LazyLock::new(|| env::var("VELLUM_MISTAKE").unwrap_or_default());

/// Whether a mistake is to be made.
pub(crate) fn mistake(name: &str) -> bool {
    *MADE == name
}
