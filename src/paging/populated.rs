//! The pages of a region that have memory of the host.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::frames::FrameTable;
use crate::units::{PAGE_SIZE, PageIndex};

/// Bits of an entry of `/proc/self/pagemap` (proc(5)): 63 for a page in memory, 62 for a page in swap.
const PRESENT_OR_SWAPPED: u64 = 0b11 << 62;

/// Number of entries in one read.
const CHUNK: usize = 8_192;

/// Returns the pages whose memory was touched since the frames were made or discarded, in ascending order.
///
/// If the host has no page map, it returns all pages: the list may be too long, never too short.
pub(super) fn populated(frames: &FrameTable) -> Vec<PageIndex> {
    from_pagemap(frames).unwrap_or_else(|_| frames.all().map(PageIndex).collect())
}

fn from_pagemap(frames: &FrameTable) -> io::Result<Vec<PageIndex>> {
    let host_page = rustix::param::page_size();
    let pages_each = (host_page / PAGE_SIZE).max(1) as u32;
    let first = frames.memory.start().addr().get() / host_page;
    let entries = (frames.limit.bytes() as usize).div_ceil(host_page);
    // `open` and `close`.
    frames.counters.system_calls.add(2);
    let pagemap = File::open("/proc/self/pagemap")?;
    let mut pages = Vec::new();
    let mut buffer = vec![0; CHUNK.min(entries) * 8];
    let mut done = 0;
    while done < entries {
        let bytes = &mut buffer[..(entries - done).min(CHUNK) * 8];
        frames.counters.system_calls.add(1);
        pagemap.read_exact_at(bytes, ((first + done) * 8) as u64)?;
        for (at, entry) in bytes.as_chunks::<8>().0.iter().enumerate() {
            if u64::from_ne_bytes(*entry) & PRESENT_OR_SWAPPED != 0 {
                let page = (done + at) as u32 * pages_each;
                pages.extend((page..page + pages_each).map(PageIndex));
            }
        }
        done += bytes.len() / 8;
    }
    Ok(pages)
}
