//! Proofs: that pages of a contract hold what they hold, told to somebody who has only a root.
//!
//! A proof of **pages** leads to a state root, one of an **account** to a world root, and one of both from pages over the
//! account to the world root. Pages and accounts can be present or absent. Making a proof takes a [`Snapshot`];
//! a [`Verifier`] takes bytes, and neither store nor file.
//!
//! ```
//! use vellum::receipt::{Call, Value};
//! use vellum::vm::{Deployment, Vm};
//! use vellum::proof::{Root, Verifier};
//! use vellum::store::MemoryStore;
//! use vellum::units::PageIndex;
//!
//! let vm = Vm::new(MemoryStore::new())?;
//! let counter = std::fs::read("tests/contracts/counter.wat")?;
//! let contract = vm.deploy(&counter, &Deployment::default())?.address;
//! let receipt = vm.run(&Call::new(contract, "add").args([Value::I64(42)])).commit()?;
//! let proof = vm.now()?.prove(&contract, &[PageIndex(0), PageIndex(7)])?;
//!
//! let state = receipt.contracts[0].state_after.expect("only in a block it is not known");
//! let proven = Verifier::new().root(state).contract(contract).verify(&proof.bytes)?;
//! assert_eq!(proven.pages[0].content()[..8], 42_u64.to_le_bytes());
//! assert!(proven.pages[1].is_zero());
//! assert_eq!(proven.root, Root::State(state));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layout
//!
//! ```text
//! proof     "vellum proof" ‖ format u8 = 1 ‖ kind u8 ‖ address 20 ‖ [account, if kind is 2 or 3] ‖ [pages, if 1 or 3]
//!           ‖ checksum u64
//! kind      1 pages against a state root, 2 account against a world root, 3 pages against a world root
//!
//! pages     count varint ‖ the first index varint ‖ of each other, its index less the one before and 1, varint ‖ tree
//! tree      the nodes that are visited, depth first, the left before the right. Visited are the root and, of each
//!           visited node that is not zero, both children, if a page of the proof lies below the node. Of each:
//!             one bit: 0 for zero, of which everything below is zero
//!             then, if it is not zero and no page of the proof lies below it: its hash 32
//!             then, if it is a page of the proof:                             length varint ‖ content
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
//! shortest, pages out of order or twice, hashes and contents that are zero, content that ends with zeros, a node that is
//! said not to be zero over two that are, bits and bytes that are not needed. Verifying takes memory in proportion to the
//! length of the proof: a page stays as short as it is written until [`ProvenPage::content`] is asked for.
//!
//! The **checksum** finds proofs that were damaged on their way. What convinces is the root alone: whoever verifies has
//! to have it from elsewhere. A state root does not name its contract unless some page of the proof is present (then its
//! hash does); a world root always does.
//!
//! [`Snapshot`]: crate::store::Snapshot

mod account;
mod bits;
mod error;
mod format;
mod pages;
mod prove;
mod root;
mod verify;

pub use account::ProvenAccount;
pub use error::{Problem, ProofError, ProveError};
pub use pages::ProvenPage;
pub use prove::{Proof, prove_in_world, prove_pages};
pub use root::Root;
pub use verify::{Proven, Verifier};

#[cfg(test)]
mod tests;
