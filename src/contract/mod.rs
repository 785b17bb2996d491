//! Contracts: validation, preparation and compilation of their code.
//!
//! ```text
//! code as deployed ── validate ──► Metadata, or the reason of a refusal
//!        │
//!        └────────── prepare ────► prepared module   with prices, call depth and page checks
//!                        │
//!                        └─ ModuleCache ──► Compiled   native code, in memory and on disk
//! ```
//!
//! This layer does not depend on stores or transactions. [`prepare`] describes the imports and exports of the prepared
//! module; `design/contracts.md` describes the whole layer.

mod error;
mod metadata;

mod allowed;
pub mod imports;
pub mod names;

pub(crate) mod access;
mod advice;

mod validate;

mod prepare;

mod cache;
mod compile;

pub use allowed::Imports;
pub use cache::ModuleCache;
pub use compile::{Compiled, engine_config};
pub(crate) use compile::{MEMORY_GUARD, MEMORY_RESERVATION};
pub use error::{ContractError, ImportError, ImportRefusal, Place};
pub use metadata::{
    ImagePart, InstanceSize, Metadata, OwnMemory, Signature, StorageForm, StorageImport, StoragePlace, ValueType,
};
#[cfg(feature = "fuzzing")]
pub(crate) use prepare::host;
pub use prepare::{Checks, Prepared, prepare};
pub use validate::{to_binary, validate};
