//! Which pages of a mapping the host has given memory to.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::frames::Frames;
use crate::units::{PAGE_SIZE, PageIndex};

/// An entry of `/proc/self/pagemap` (proc(5)): bit 63 says present in memory, bit 62 swapped out.
const PRESENT_OR_SWAPPED: u64 = 0b11 << 62;

/// Entries read at once.
const CHUNK: usize = 8_192;

/// The pages whose memory was ever touched since the frames were made or discarded, in ascending order.
///
/// Where the host keeps no such record, all pages: the answer may be too large, never too small.
pub(super) fn populated(frames: &Frames) -> Vec<PageIndex> {
    from_pagemap(frames).unwrap_or_else(|_| frames.all().map(PageIndex).collect())
}

fn from_pagemap(frames: &Frames) -> io::Result<Vec<PageIndex>> {
    let host_page = rustix::param::page_size();
    let pages_each = (host_page / PAGE_SIZE).max(1) as u32;
    let first = frames.memory.start().addr().get() / host_page;
    let entries = (frames.limit.bytes() as usize).div_ceil(host_page);
    // Opening, closing.
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
