//! The switch of the deliberate mistakes. Only a copy of the crate has it, as `src/mistake.rs`.

use std::env;
use std::sync::LazyLock;

/// The name of the mistake that this process makes, or an empty string.
static ENABLED: LazyLock<String> = LazyLock::new(|| env::var("VELLUM_MISTAKE").unwrap_or_default());

/// True if this process makes the mistake.
pub(crate) fn mistake(name: &str) -> bool {
    *ENABLED == name
}
