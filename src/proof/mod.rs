//! Proofs: what a contract's storage and an account hold, told to somebody who has only a root.
//!
//! A proof of **storage**, of whole pages and of ranges of bytes, leads to a state root, one of an **account** to a world root, and
//! one of both from the storage over the account to the world root. Pages, bytes and accounts can be there or not. Making a proof
//! takes a [`Snapshot`]; a [`Verifier`] takes bytes, and neither store nor file.
//!
//! ```
//! use vellum::receipt::{Call, Value};
//! use vellum::vm::{Deployment, Vm};
//! use vellum::proof::{Root, Selection, Verifier};
//! use vellum::store::MemoryStore;
//! use vellum::units::{ByteOffset, PageIndex};
//!
//! let vm = Vm::new(MemoryStore::new())?;
//! let counter = std::fs::read("tests/contracts/counter.wat")?;
//! let contract = vm.deploy(&counter, &Deployment::default())?.address;
//! let receipt = vm.run(&Call::new(contract, "add").args([Value::I64(42)])).commit()?;
//! // The first eight bytes, and page 7. Pages alone can be given as a slice: `prove(&contract, &[PageIndex(7)])`.
//! let asked = Selection::new().bytes(ByteOffset(0), 8).page(PageIndex(7));
//! let proof = vm.now()?.prove(&contract, asked)?;
//!
//! let state = receipt.contracts[0].state_after.expect("only in a block it is not known");
//! let proven = Verifier::new().root(state).contract(contract).verify(&proof.bytes)?;
//! assert_eq!(proven.ranges[0].content(), 42_u64.to_le_bytes());
//! assert!(proven.pages[0].is_zero());
//! assert_eq!(proven.root, Root::State(state));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layout
//!
//! ```text
//! proof     "vellum proof" ‖ format u8 = 2 ‖ kind u8 ‖ address 20 ‖ [account, if kind is 2 or 3] ‖ [storage, if 1 or 3]
//!           ‖ checksum u64
//! kind      1 storage against a state root, 2 account against a world root, 3 storage against a world root
//!
//! storage   pages ‖ ranges ‖ depth u8 ‖ tree             one page or one range at least
//! pages     count varint ‖ the first index varint ‖ of each other, its index less the one before and 1, varint
//! ranges    count varint ‖ of each: gap varint ‖ its length less 1, varint
//!           The gap of the first is its offset; of each other, its offset less the end of the one before and 1.
//! depth     of the state tree; 0 if its root is zero
//! tree      The tree over the chunks, of 512 bytes, of the first 2^depth pages: the nodes that are visited, depth first, the left
//!           before the right. Shown are the chunks that hold a byte of a page or range. Visited are the top and, of each
//!           visited node that is not zero, both children, if a shown chunk lies below the node. Of each:
//!             one bit: 0 for zero, of which everything below is zero
//!             then, if it is not zero and no shown chunk lies below it: its hash 32
//!             then, if it is a shown chunk that is not zero:            length varint ‖ content
//!           Content ends with the last byte that is not zero. Bits stand in bytes, the lowest first; a byte stands
//!           where the first of its bits is needed, and bits that are not needed are 0.
//!
//! account   end u8 ‖ [address 20, if end is 2] ‖ [record 88, if end is 1 or 2] ‖ depth u8 ‖ siblings
//! end       0 no account has the place, 1 the account, 2 another account has the place to itself
//! record    code hash 32 (zero without code) ‖ balance u64 ‖ nonce u64 ‖ state root 32 ‖ version u64, as it is hashed
//! siblings  of each node beside the path, the deepest first: one bit: 0 for zero; its hash 32, if it is not zero
//! ```
//! Numbers of the record are big-endian; the checksum is little-endian xxh3, as in [`crate::store`]'s records, under the
//! key "vellum proof". Varints are LEB128 in their shortest form.
//!
//! # What is refused
//!
//! There is exactly one proof of one thing, and a [`Verifier`] refuses every other form of it: other numbers than the
//! shortest, what is out of order, twice, or beyond the end of storage, hashes and contents that are zero, content that ends with
//! zeros, a node that is said not to be zero over two that are, a tree that is deeper than its pages need, bits and bytes that are
//! not needed. Verifying takes memory in proportion to the length of the proof: content stays in the proof, as short as it is
//! written, until it is asked for, and all ranges together have at most
//! [`MAX_PROOF_RANGE_BYTES`](crate::limits::MAX_PROOF_RANGE_BYTES).
//!
//! The **checksum** finds proofs that were damaged on their way. What convinces is the root alone: whoever verifies has
//! to have it from elsewhere. A state root does not name its contract unless some chunk that is shown is not zero (then its
//! hash does); a world root always does.
//!
//! [`Snapshot`]: crate::store::Snapshot

mod account;
#[cfg(any(test, feature = "fuzzing"))]
mod anything;
mod bits;
mod claims;
mod error;
mod format;
mod prove;
mod proven;
mod root;
mod selection;
mod source;
mod storage;
mod tree;
mod verify;

pub use account::ProvenAccount;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use anything::verify_anything;
pub use error::{Problem, ProofError, ProveError};
pub use prove::{Proof, prove_in_world, prove_storage};
pub use proven::{ProvenPage, ProvenRange};
pub use root::Root;
pub use selection::Selection;
pub use verify::{Proven, Verifier};

#[cfg(test)]
mod tests;
