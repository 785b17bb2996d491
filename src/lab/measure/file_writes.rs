//! The kernel's counts of a thread's writes to files.

use std::fs;

/// The system calls of a thread that write to files of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileWrites {
    /// Bytes written.
    pub bytes: u64,
    /// System calls.
    pub calls: u64,
}

impl FileWrites {
    /// The writes since `earlier`.
    pub fn since(self, earlier: Self) -> Self {
        Self { bytes: self.bytes - earlier.bytes, calls: self.calls - earlier.calls }
    }

    /// The counts by name; none if nothing was written.
    pub fn counts(&self) -> Vec<(String, u64)> {
        match self.calls {
            0 => Vec::new(),
            calls => vec![("bytes to files".to_owned(), self.bytes), ("write system calls".to_owned(), calls)],
        }
    }
}

/// All writes of this thread so far; nothing where the kernel does not count them.
pub fn file_writes() -> Option<FileWrites> {
    let text = fs::read_to_string("/proc/thread-self/io").ok()?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    Some(FileWrites { bytes: field("wchar:")?, calls: field("syscw:")? })
}
