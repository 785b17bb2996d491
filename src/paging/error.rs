//! Errors of paging.

use std::io;

use crate::store::StoreError;
use crate::units::{PageCount, PageIndex};

/// A page that could not be loaded, or memory that the host refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PagingError {
    /// The store failed to return the page.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store holds a page beyond the page limit of its contract.
    #[error("the store holds page {page} of a contract that is limited to {limit} pages")]
    BeyondLimit {
        /// The stored page.
        page: PageIndex,
        /// The contract's page limit.
        limit: PageCount,
    },
    /// The contract has more stored pages than frames may be kept.
    #[error("{needed} stored pages are more than the {budget} frames that may be kept in memory")]
    Budget {
        /// Number of stored pages.
        needed: PageCount,
        /// Maximum number of kept frames.
        budget: PageCount,
    },
    /// The host refused to provide or reclaim memory.
    #[error("the host refused memory for storage pages: {0}")]
    Memory(#[from] io::Error),
}
