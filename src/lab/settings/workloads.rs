//! Workloads by name and size.

use serde::{Deserialize, Serialize};

use super::range::check_range;
use crate::lab::workloads::{Blob, Counter, Ledger, Reenter, Reverts, Scan, Scatter, Token, Tree, Workload};

/// A workload and its sizes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the workloads document their fields")]
pub enum WorkloadSettings {
    Counter {},
    Token { accounts: u64, transfers: u64 },
    ScatterRead { pages: i32 },
    Scatter { pages: i32 },
    Scan { pages: i32 },
    Fill { pages: i32 },
    Tree { inserts: u64, keys: u64 },
    Blob { records: u64, copies: u64 },
    Ledger { accounts: u64, records: u64, appended: u64 },
    Reenter { depth: u32, pages: u32 },
}

impl WorkloadSettings {
    /// The workload.
    pub fn workload(&self) -> Box<dyn Workload> {
        match *self {
            Self::Counter {} => Box::new(Counter),
            Self::Token { accounts, transfers } => Box::new(Token { accounts, transfers }),
            Self::ScatterRead { pages } => Box::new(Scatter::reading(pages)),
            Self::Scatter { pages } => Box::new(Scatter::changing(pages)),
            Self::Scan { pages } => Box::new(Scan::summing(pages)),
            Self::Fill { pages } => Box::new(Scan::filling(pages)),
            Self::Tree { inserts, keys } => Box::new(Tree { inserts, keys }),
            Self::Blob { records, copies } => Box::new(Blob { records, copies }),
            Self::Ledger { accounts, records, appended } => Box::new(Ledger { accounts, records, appended }),
            Self::Reenter { depth, pages } => Box::new(Reenter::chain(depth, pages, Reverts::Innermost)),
        }
    }

    /// Checks that the contracts can handle the sizes. The error says which they can.
    pub(super) fn check(&self) -> Result<(), String> {
        let pages = |name: &str, pages: i32| check_range(name, u64::try_from(pages).unwrap_or(0), 1, 256);
        match *self {
            Self::Counter {} => Ok(()),
            Self::Token { accounts, transfers } => {
                check_range("accounts of token", accounts, 1, 8_191)?;
                check_range("transfers of token", transfers, 1, 100_000)
            }
            Self::ScatterRead { pages: count } => pages("pages of scatter_read", count),
            Self::Scatter { pages: count } => pages("pages of scatter", count),
            Self::Scan { pages: count } => pages("pages of scan", count),
            Self::Fill { pages: count } => pages("pages of fill", count),
            Self::Tree { inserts, keys } => {
                check_range("inserts of tree", inserts, 1, 1_000_000)?;
                check_range("keys of tree", keys, 1, 100_000)
            }
            Self::Blob { records, copies } => {
                check_range("records of blob", records, 1, 256)?;
                check_range("copies of blob", copies, 1, 100_000)
            }
            Self::Ledger { accounts, records, appended } => {
                check_range("accounts of ledger", accounts, 1, 4_096)?;
                check_range("records of ledger", records, 1, 500_000)?;
                check_range("appended of ledger", appended, 1, 1_000)
            }
            Self::Reenter { depth, pages } => {
                check_range("depth of reenter", depth.into(), 1, 200)?;
                check_range("pages of reenter", pages.into(), 0, 4_000)
            }
        }
    }
}
