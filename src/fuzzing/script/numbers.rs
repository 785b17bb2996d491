//! The numbers of steps, such that most steps do something.

use arbitrary::{Result, Unstructured};

use super::{LIMIT, Step};
use crate::units::PAGE_SIZE;

/// Mostly at the ends of pages, where accesses straddle; seldom beyond the limit.
pub(super) fn address(u: &mut Unstructured<'_>) -> Result<u32> {
    let size = LIMIT.bytes() as u32;
    Ok(match u.int_in_range(0..=31)? {
        0..=15 => {
            let page_end = u.int_in_range(1..=LIMIT.0 - 1)? * PAGE_SIZE as u32;
            page_end.saturating_add_signed(u.int_in_range(-20..=20)?)
        }
        16..=30 => u.int_in_range(0..=size - 3 * PAGE_SIZE as u32)?,
        _ => match u.int_in_range(0..=7)? {
            0 => u.arbitrary()?,
            _ => size.saturating_add_signed(u.int_in_range(-9_000..=16)?),
        },
    })
}

/// Often zero: writing zeros over zeros is no change.
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
    Ok(make(u.int_in_range(0..=LIMIT.0 - 1)?, offset, u.int_in_range(1..=longest)?))
}

/// Mostly one that is granted if no other window of the call is in the way.
pub(super) fn window(u: &mut Unstructured<'_>) -> Result<Step> {
    let page = PAGE_SIZE as u32;
    let length = u.int_in_range(1..=2)? * page;
    let (memory, storage) = (u.int_in_range(0..=5)? * page, u.int_in_range(0..=LIMIT.0 - 1)? * page);
    Ok(match u.int_in_range(0..=19)? {
        0 => Step::Window { memory: memory + 8, storage, length },
        1 => Step::Window { memory, storage, length: u.int_in_range(0..=3 * page)? },
        _ => Step::Window { memory, storage, length },
    })
}
