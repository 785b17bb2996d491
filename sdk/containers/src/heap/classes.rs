//! Sizes of blocks.

use crate::head::PAGE;
use crate::heap::pages::GROUP;

/// The sizes of blocks that share a page, in bytes.
pub(crate) const CLASSES: [u16; 15] = [16, 32, 48, 64, 80, 96, 128, 160, 288, 448, 560, 688, 1008, 1344, 2016];

/// The largest of them.
const LARGEST: u32 = 2016;

/// The size class for every number of 16-byte units.
const CLASS_OF: [u8; LARGEST as usize / 16 + 1] = {
    let mut table = [0; LARGEST as usize / 16 + 1];
    let (mut units, mut class) = (1, 0);
    while units < table.len() {
        if units * 16 > CLASSES[class] as usize {
            class += 1;
        }
        table[units] = class as u8;
        units += 1;
    }
    table
};

/// Returns the size class of a block, if it shares a page.
pub(crate) fn class_of(size: u32) -> Option<usize> {
    CLASS_OF.get(size.div_ceil(16) as usize).map(|&class| class.into())
}

/// Returns the number of pages of a larger block, if it fits into a group. From eight pages on there are eight steps to each
/// doubling, so that a block that grows byte by byte moves rarely.
pub(super) fn pages_of(size: u32) -> Option<u32> {
    let pages = size.div_ceil(PAGE);
    let step = if pages < 8 { 1 } else { 1 << (pages.ilog2() - 3) };
    (pages <= GROUP).then(|| pages.next_multiple_of(step).min(GROUP))
}

/// Returns the bytes that a block really has.
pub(crate) fn rounded(size: u32) -> u32 {
    match class_of(size) {
        Some(class) => CLASSES[class].into(),
        None => pages_of(size).map_or(u32::MAX, |pages| pages * PAGE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "slow, and nothing unsafe")]
    fn a_block_has_the_smallest_class_that_holds_it() {
        for size in 0..=LARGEST {
            let expected = CLASSES.iter().find(|&&class| u32::from(class) >= size).unwrap();
            assert_eq!(rounded(size), u32::from(*expected), "{size}");
        }
        assert_eq!(rounded(2017), 4096);
        assert_eq!(rounded(4096 * 8 + 1), 4096 * 9);
        assert_eq!(rounded(4096 * 17), 4096 * 18);
        assert_eq!(pages_of(GROUP * PAGE), Some(GROUP));
        assert_eq!(pages_of(GROUP * PAGE + 1), None);
    }

    #[test]
    #[cfg_attr(miri, ignore = "slow, and nothing unsafe")]
    fn a_size_of_a_class_or_of_pages_is_its_own_rounding() {
        for size in (0..=LARGEST).chain((1..=GROUP).map(|pages| pages * PAGE)) {
            assert_eq!(rounded(rounded(size)), rounded(size), "{size}");
        }
    }
}
