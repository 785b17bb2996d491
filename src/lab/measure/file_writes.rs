//! What the kernel counts of a thread's writes.

use std::fs;

/// Writes of a thread to files of any kind, as system calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileWrites {
    /// Bytes that were handed over.
    pub bytes: u64,
    /// System calls that did so.
    pub calls: u64,
}

impl FileWrites {
    /// What was written after `earlier`.
    pub fn since(self, earlier: Self) -> Self {
        Self { bytes: self.bytes - earlier.bytes, calls: self.calls - earlier.calls }
    }

    /// As counts with names, if anything was written.
    pub fn counts(&self) -> Vec<(String, u64)> {
        match self.calls {
            0 => Vec::new(),
            calls => vec![("bytes to files".to_owned(), self.bytes), ("write system calls".to_owned(), calls)],
        }
    }
}

/// All that this thread has written; nothing where the kernel does not count it.
pub fn file_writes() -> Option<FileWrites> {
    let text = fs::read_to_string("/proc/thread-self/io").ok()?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    Some(FileWrites { bytes: field("wchar:")?, calls: field("syscw:")? })
}
