//! Why a page cannot be presented.

use std::io;

use crate::store::StoreError;
use crate::units::{PageCount, PageIndex};

/// A page that could not be presented.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PagingError {
    /// The store did not give the page.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store holds a page that the contract cannot have.
    #[error("the store holds page {page} of a contract that is limited to {limit} pages")]
    BeyondLimit {
        /// Which page.
        page: PageIndex,
        /// The contract's page limit.
        limit: PageCount,
    },
    /// The contract stores more pages than may be kept.
    #[error("{needed} stored pages are more than the {budget} frames that may be kept in memory")]
    Budget {
        /// Pages stored.
        needed: PageCount,
        /// Frames that may be kept.
        budget: PageCount,
    },
    /// The host did not give or take back memory.
    #[error("the host refused memory for storage pages: {0}")]
    Memory(#[from] io::Error),
}
