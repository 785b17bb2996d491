//! Chooses the numbers of steps so that most steps have an effect.

use arbitrary::{Result, Unstructured};

use super::{LIMIT, Step};
use crate::units::PAGE_SIZE;

/// Chooses a page: half of the time one of the first three, so that calls use the same pages.
fn page(u: &mut Unstructured<'_>) -> Result<u32> {
    if u.arbitrary()? { u.int_in_range(0..=2) } else { u.int_in_range(0..=LIMIT.0 - 1) }
}

/// Chooses an address: mostly near the end of a page, so that accesses cross pages, and seldom beyond the page limit.
pub(super) fn address(u: &mut Unstructured<'_>) -> Result<u32> {
    let size = LIMIT.bytes() as u32;
    Ok(match u.int_in_range(0..=31)? {
        0..=15 => {
            let page_end = (page(u)? + 1).min(LIMIT.0 - 1) * PAGE_SIZE as u32;
            page_end.saturating_add_signed(u.int_in_range(-20..=20)?)
        }
        16..=30 => page(u)?.min(LIMIT.0 - 3) * PAGE_SIZE as u32 + u.int_in_range(0..=PAGE_SIZE as u32 - 1)?,
        _ => match u.int_in_range(0..=7)? {
            0 => u.arbitrary()?,
            _ => size.saturating_add_signed(u.int_in_range(-9_000..=16)?),
        },
    })
}

/// Chooses an operand. It is often zero, as a write of zeros over zeros changes nothing.
pub(super) fn number(u: &mut Unstructured<'_>) -> Result<u32> {
    if u.ratio(1, 3)? { Ok(0) } else { u.arbitrary() }
}

pub(super) fn length(u: &mut Unstructured<'_>) -> Result<u32> {
    Ok(match u.int_in_range(0..=31)? {
        0..=3 => 0,
        4..=23 => u.int_in_range(1..=64)?,
        24..=30 => u.int_in_range(1..=3 * PAGE_SIZE as u32)?,
        _ => u.int_in_range(0..=LIMIT.bytes() as u32 + 1)?,
    })
}

pub(super) fn slice(u: &mut Unstructured<'_>, longest: u32, make: impl FnOnce(u32, u32, u32) -> Step) -> Result<Step> {
    if u.ratio(1, 40)? {
        return Ok(make(u.int_in_range(0..=LIMIT.0)?, u.int_in_range(0..=4_096)?, u.int_in_range(0..=longest + 1)?));
    }
    let offset = u.int_in_range(0..=PAGE_SIZE as u32 - 1)?;
    let longest = longest.min(PAGE_SIZE as u32 - offset);
    Ok(make(page(u)?, offset, u.int_in_range(1..=longest)?))
}

/// Chooses a window: mostly one that can be mapped unless it overlaps another window of the call.
pub(super) fn window(u: &mut Unstructured<'_>) -> Result<Step> {
    const PAGE: u32 = PAGE_SIZE as u32;
    let length = u.int_in_range(1..=2)? * PAGE;
    let (memory, storage) = (u.int_in_range(0..=3)? * PAGE, page(u)? * PAGE);
    Ok(match u.int_in_range(0..=19)? {
        0 => Step::Window { memory: memory + 8, storage, length },
        1 => Step::Window { memory, storage, length: u.int_in_range(0..=3 * PAGE)? },
        _ => Step::Window { memory, storage, length },
    })
}

/// Chooses an offset in the windows: mostly near the start of one.
pub(super) fn in_window(u: &mut Unstructured<'_>) -> Result<u32> {
    Ok(match u.int_in_range(0..=15)? {
        0 => u.int_in_range(0..=24_600)?,
        1..=7 => u.int_in_range(0..=3)? * PAGE_SIZE as u32 + u.int_in_range(0..=40)?,
        _ => u.int_in_range(0..=4 * PAGE_SIZE as u32 - 9)?,
    })
}
