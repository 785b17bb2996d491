//! Proofs: they show the content of a contract's storage or of an account to a verifier that has only a root.
//!
//! A proof of **storage** shows whole pages and byte ranges, and leads to a state root. A proof of an **account** leads to a world
//! root. A proof of both leads from the storage through the account to the world root. A proof can also show that a page or a range
//! is zero, or that an account does not exist. Making a proof takes a [`Snapshot`]. A [`Verifier`] takes only bytes: it needs neither
//! a store nor a file.
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
//! // Selects the first eight bytes, and page 7. A slice can select pages alone: `prove(&contract, &[PageIndex(7)])`.
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
//! kind      1 storage under a state root, 2 account under a world root, 3 storage and account under a world root
//!
//! storage   pages ‖ ranges ‖ depth u8 ‖ tree             at least one page or one range
//! pages     count varint ‖ index of the first varint ‖ for each other page: its index - the index before - 1, varint
//! ranges    count varint ‖ for each range: gap varint ‖ its length - 1, varint
//!           The gap of the first range is its offset. The gap of each other range is its offset - the end of the range
//!           before - 1.
//! depth     depth of the state tree; 0 if its root is zero
//! tree      The visited nodes of the tree over the chunks (of 512 bytes) of the first 2^depth pages, depth first, the left
//!           child before the right. A chunk is shown if it holds a byte of a page or range. The top is visited. Both
//!           children of a visited node are visited if the node is not zero and a shown chunk lies below it. Each visited
//!           node has:
//!             one bit: 0 if the node is zero; then everything below it is zero, too
//!             if it is not zero and holds no shown chunk:         its hash 32
//!             if it is a shown chunk that is not zero:            length varint ‖ content
//!           Content ends with the last byte that is not zero. The first bit of a byte is its lowest. A byte is placed
//!           where the first of its bits is needed. Unused bits are 0.
//!
//! account   end u8 ‖ [address 20, if end is 2] ‖ [record 88, if end is 1 or 2] ‖ depth u8 ‖ siblings
//! end       0 the path ends at no account, 1 at the account, 2 at another account, which is the only one below that node
//! record    code hash 32 (zero without code) ‖ balance u64 ‖ nonce u64 ‖ state root 32 ‖ version u64, as it is hashed
//! siblings  for each node beside the path, the deepest first: one bit, 0 if it is zero ‖ its hash 32, if it is not zero
//! ```
//! The numbers of the record are big-endian. The checksum is xxh3, little-endian, as in the records of [`crate::store`]; its key is
//! "vellum proof". Varints are LEB128 in their shortest form.
//!
//! # The canonical form
//!
//! Each selection has exactly one proof, and a [`Verifier`] refuses every other form:
//!
//! - a number that is not in its shortest form;
//! - pages or ranges that are out of order, repeated, or beyond the end of storage;
//! - a hash or content of zeros that is marked as not zero, and content that ends with a zero;
//! - a node that is marked as not zero and has two zero children;
//! - a tree that is deeper than its pages need;
//! - unused bits that are not zero, and bytes after the end.
//!
//! Verification takes memory in proportion to the length of the proof. The content stays in the proof, without its trailing zeros,
//! until a caller asks for it. All ranges together have at most
//! [`MAX_PROOF_RANGE_BYTES`](crate::limits::MAX_PROOF_RANGE_BYTES).
//!
//! The **checksum** finds proofs that were damaged in transit. Only the root makes a proof trustworthy, so a verifier must have the
//! root from another source. A world root always binds the address. A state root binds the address only if some shown chunk is not
//! zero, because only the hash of such a chunk includes the address.
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
