//! The pages that were verified.
//!
//! In the process that writes, a page stays verified: it is read as it was, or as this process wrote it. In another process it stays
//! verified for the same commit only, as the writer can use its number again; without a lock not even for that.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of pages that are remembered. Another page takes the place of one with the same remainder, which is then verified again.
const REMEMBERED: usize = 1 << 15;

/// A set of pages that forgets some of them.
pub(super) struct Verified(Box<[AtomicU64]>);

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verified(…)")
    }
}

impl Default for Verified {
    fn default() -> Self {
        Self((0..REMEMBERED).map(|_| AtomicU64::new(0)).collect())
    }
}

/// For whom a page stays verified: for every commit, or for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Writer,
    Commit(u64),
    /// For none: it is verified at every use, as another process can overwrite it.
    None,
}

impl Scope {
    /// Returns a number that is different for each page and scope, except for pages beyond 16 TiB, which are never remembered, and for
    /// commits that are 2^32 apart.
    #[inline]
    fn name(self, page: u64) -> Option<u64> {
        let page = u64::from(u32::try_from(page).ok()?);
        let commit = match self {
            Self::Writer => 0,
            Self::Commit(commit) => commit << 32,
            Self::None => return None,
        };
        Some(page | commit)
    }
}

impl Verified {
    #[inline]
    fn place(&self, page: u64) -> &AtomicU64 {
        &self.0[page as usize % REMEMBERED]
    }

    #[inline]
    pub(super) fn contains(&self, page: u64, scope: Scope) -> bool {
        scope.name(page).is_some_and(|name| self.place(page).load(Ordering::Relaxed) == name)
    }

    pub(super) fn insert(&self, page: u64, scope: Scope) {
        if let Some(name) = scope.name(page) {
            self.place(page).store(name, Ordering::Relaxed);
        }
    }
}
