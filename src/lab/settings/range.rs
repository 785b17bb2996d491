//! Bounds of a number.

/// Checks that a value is between two bounds, both included. The error names the bounds.
pub fn check_range(name: &str, value: u64, least: u64, most: u64) -> Result<(), String> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(format!("{name} should be {least} to {most}, but is {value}"))
}
