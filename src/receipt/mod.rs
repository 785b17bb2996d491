//! What is asked of the virtual machine, and what came of it.
//!
//! ```text
//!  Call ──► a transaction ──► Receipt                 the same bytes under every pager, on every host; recorded
//!                        └──► Trace                   how it went: depends on the pager and the host; not recorded
//!  several ──► a block ─────► Block of Receipts       recorded
//! ```
//! With the feature `serde` they are the JSON of the command line: integers of 64 bits that a contract or a person sets are
//! decimal strings, counts, versions and commits numbers, bytes hex with `0x`. Whichever an integer is, either is read.

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
