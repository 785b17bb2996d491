//! Own memory in front of storage, when its contract is re-entered.
//!
//! All calls of a contract share the memory, as its storage has one address. So the pages that the waiting call may have written are set
//! aside, the nested call begins with a memory in its initial state, and afterwards the pages are restored.
//!
//! Of a short run of pages, the bytes are copied that differ from zeros. A long run is moved: the kernel moves its mapping, which takes
//! longer than to copy a few pages, and no time for their bytes.

use std::io;
use std::ops::Range;

use memmap2::{MmapOptions, MmapRaw};

use super::hardware::move_pages;
use super::own_memory::{FEW_PAGES, Image, OwnMemory};
use crate::units::PAGE_SIZE;

/// Bytes that are compared at once.
const LINE: usize = 64;

/// The bytes of a waiting call that were set aside.
#[derive(Debug)]
pub(crate) struct SetAside {
    /// The size of the memory in bytes.
    size: usize,
    /// The runs of pages that the call may have written.
    runs: Vec<Range<u32>>,
    /// The ranges of bytes that were copied, in order, and the bytes of all of them.
    copied: Vec<Range<usize>>,
    bytes: Vec<u8>,
    /// The runs whose mappings were moved.
    moved: Vec<Range<u32>>,
    /// Where they are now: one behind the other.
    area: Option<MmapRaw>,
}

#[cfg(test)]
impl SetAside {
    pub(super) fn copied_bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn moved_pages(&self) -> usize {
        self.moved.iter().map(Range::len).sum()
    }
}

impl OwnMemory {
    /// Sets the pages aside that calls may have written, and brings the memory to its initial state.
    ///
    /// # Errors
    /// Returns the error of the kernel if the memory cannot be cut to its initial size.
    pub(crate) fn set_aside(&mut self, image: Image<'_>) -> io::Result<SetAside> {
        let (size, runs) = (self.bytes().len(), self.written_runs());
        let is_long = |run: &Range<u32>| run.len() > FEW_PAGES as usize;
        let moved: usize = runs.iter().filter(|run| is_long(run)).map(Range::len).sum();
        let mut aside = SetAside {
            size,
            runs: Vec::new(),
            copied: Vec::new(),
            bytes: Vec::with_capacity(2 * PAGE_SIZE),
            moved: Vec::new(),
            area: None,
        };
        if moved > 0 {
            aside.area = MmapOptions::new().len(moved * PAGE_SIZE).no_reserve_swap().map_anon().ok().map(MmapRaw::from);
        }
        let mut at = 0;
        for run in &runs {
            if is_long(run) && aside.area.as_ref().is_some_and(|area| self.move_pages(run, area, at, Direction::Away)) {
                let bytes = byte_range(run);
                at += bytes.len();
                // The pages are zero now, and no others are touched.
                image.write(bytes.start, &mut self.bytes_mut()[bytes]);
                aside.moved.push(run.clone());
            } else {
                run.clone().for_each(|page| self.copy_away(page, image, &mut aside));
            }
        }
        aside.runs = runs;
        self.cut()?;
        Ok(aside)
    }

    /// Restores bytes that were set aside. The memory is in its initial state.
    ///
    /// # Errors
    /// Returns the error of the kernel. The memory must then not be used again.
    pub(crate) fn restore_aside(&mut self, aside: SetAside) -> io::Result<()> {
        let SetAside { size, runs, copied, bytes, moved, area } = aside;
        self.grow(size)?;
        runs.into_iter().try_for_each(|run| self.note_written(run))?;
        let mut at = 0;
        for run in moved {
            if !area.as_ref().is_some_and(|area| self.move_pages(&run, area, at, Direction::Back)) {
                return Err(io::Error::other("the kernel does not move pages back"));
            }
            at += byte_range(&run).len();
        }
        let mut rest = &bytes[..];
        for range in copied {
            let (copy, later) = rest.split_at(range.len());
            self.bytes_mut()[range].copy_from_slice(copy);
            rest = later;
        }
        Ok(())
    }

    /// Copies the bytes of a page, as far as they can differ from its initial state, and brings the page to that state.
    fn copy_away(&mut self, page: u32, image: Image<'_>, aside: &mut SetAside) {
        let start = page as usize * PAGE_SIZE;
        let page = &mut self.bytes_mut()[start..start + PAGE_SIZE];
        if image.overlaps(start..start + PAGE_SIZE) {
            aside.bytes.extend_from_slice(page);
            aside.copied.push(start..start + PAGE_SIZE);
            return image.restore(start, page);
        }
        let lines = page.as_chunks::<LINE>().0;
        let is_written = |line: &[u8; LINE]| line.iter().fold(0, |all, byte| all | byte) != 0;
        let first = lines.iter().position(is_written);
        let end = lines.iter().rposition(is_written).map_or(0, |last| (last + 1) * LINE);
        let written = first.map_or(0, |first| first * LINE)..end;
        aside.bytes.extend_from_slice(&page[written.clone()]);
        aside.copied.push(start + written.start..start + written.end);
        page[written].fill(0);
    }

    /// Moves the mapping of a run of pages to an offset of an area, or back. Zeros stay at its old place. Returns false if the kernel
    /// refuses.
    fn move_pages(&mut self, run: &Range<u32>, area: &MmapRaw, offset: usize, direction: Direction) -> bool {
        let bytes = byte_range(run);
        let length = bytes.len();
        assert!(offset + length <= area.len(), "the area has room for all runs");
        let here: *mut u8 = &raw mut self.bytes_mut()[bytes.start];
        // SAFETY: the offset lies in the area.
        let there = unsafe { area.as_mut_ptr().add(offset) };
        let (from, to) = if direction == Direction::Away { (here, there) } else { (there, here) };
        // SAFETY: one range lies in the anonymous private mapping of this memory, which is borrowed mutably, so no reference into the range
        // exists and no wasm runs. The other one lies in the area, which only this module uses. Both stay mapped.
        unsafe { move_pages(from, to, length) }
    }
}

/// The direction in which pages are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Away,
    Back,
}

fn byte_range(run: &Range<u32>) -> Range<usize> {
    run.start as usize * PAGE_SIZE..run.end as usize * PAGE_SIZE
}
