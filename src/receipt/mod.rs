//! Calls and their outcomes.
//!
//! ```text
//!  Call ───► a transaction ──► Receipt                 the same bytes under every pager and on every host; recorded
//!                         └──► Trace                   depends on the pager and the host; not recorded
//!  Calls ──► a block ────────► Block of Receipts       recorded
//! ```
//! With the feature `serde` these types serialize to the JSON of the command line. 64-bit integers that a contract or a user
//! sets are decimal strings; counts, versions and commits are numbers; bytes are hex with `0x`. Every integer may be read
//! from a number or from a decimal string.

mod value;

mod call;

mod event;
mod status;

mod outcome;

mod block;

mod phases;

mod trace;

mod record;

#[cfg(feature = "serde")]
mod document;

pub use block::{Block, ContractState, Recorded};
pub use call::Call;
pub use event::{Event, RecordedEvent};
pub use outcome::{Failed, Receipt, TouchedContract};
pub use phases::{Phase, Split};
pub use status::{Halt, HaltKind, Status};
pub use trace::{CallTrace, ContractFrames, Detail, StorageWrite, Trace, UndoStatistics};
pub use value::{OtherType, Value};

pub(crate) use event::MAX_TOPICS;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use record::encode_recorded;
pub(crate) use record::{
    decode as decode_record, decode_event, decode_world_root, encode as encode_receipt, encode_block, encode_events,
};
