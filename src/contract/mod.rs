//! A contract at rest and compiled.
//!
//! ```text
//! code as deployed ── validate ──► Metadata          what it is, or why it is refused
//!        │
//!        └────────── prepare ────► prepared module   priced, counted, checked
//!                        │
//!                        └─ ModuleCache ──► Compiled native code, in memory and on disk
//! ```
//!
//! Nothing here knows of stores or transactions. What the prepared module imports and exports is described in
//! [`prepare`]; the text for people is `design/contracts.md`.

mod error;
mod metadata;

mod allowed;
pub mod imports;
pub mod names;

mod access;

mod validate;

mod prepare;

mod cache;
mod compile;

pub use allowed::Imports;
pub use cache::ModuleCache;
pub use compile::{Compiled, engine_config};
pub(crate) use compile::{MEMORY_GUARD, MEMORY_RESERVATION};
pub use error::{ContractError, ImportError, ImportRefusal, Place};
pub use metadata::{Metadata, OwnMemory, Signature, StorageImport, ValueType};
#[cfg(feature = "fuzzing")]
pub(crate) use prepare::host;
pub use prepare::{Checks, Prepared, prepare};
pub use validate::{to_binary, validate};
