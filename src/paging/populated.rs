//! Which pages of a mapping the host has given memory to.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::ptr::NonNull;

use crate::units::{PAGE_SIZE, PageCount, PageIndex};

/// An entry of `/proc/self/pagemap` (proc(5)): bit 63 says present in memory, bit 62 swapped out.
const PRESENT_OR_SWAPPED: u64 = 0b11 << 62;

/// Entries read at once.
const CHUNK: usize = 8_192;

/// The pages from `start` on, below `limit`, that have ever been touched, in ascending order.
///
/// Where the host keeps no such record, all pages: the answer may be too large, never too small.
pub(super) fn populated(start: NonNull<u8>, limit: PageCount) -> Vec<PageIndex> {
    from_pagemap(start, limit).unwrap_or_else(|_| (0..limit.0).map(PageIndex).collect())
}

fn from_pagemap(start: NonNull<u8>, limit: PageCount) -> io::Result<Vec<PageIndex>> {
    let host_page = rustix::param::page_size();
    let pages_each = (host_page / PAGE_SIZE).max(1) as u32;
    let first = start.addr().get() / host_page;
    let entries = (limit.bytes() as usize).div_ceil(host_page);
    let pagemap = File::open("/proc/self/pagemap")?;
    let mut pages = Vec::new();
    let mut buffer = vec![0; CHUNK.min(entries) * 8];
    let mut done = 0;
    while done < entries {
        let bytes = &mut buffer[..(entries - done).min(CHUNK) * 8];
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
