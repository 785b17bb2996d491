//! Containers whose data lie in a persistent **linear space of bytes**, such as the storage of a contract that is mapped into its memory:
//! lists, maps, sets, texts and byte strings, and the heap below them.
//!
//! Data are used by reference: there is no get and set that copies, and nothing is serialised. The containers hold offsets from the base
//! of the space, never addresses, and are eight bytes where they lie, so they nest. All bytes zero is the empty container, and a space
//! from which everything was removed is zero again.
//!
//! ```
//! use vellum_containers::{List, Map, Memory, SortedMap, Str, Stored};
//!
//! /// What a contract stores.
//! #[repr(C)]
//! struct Token {
//!     supply: u64,
//!     balances: Map<[u8; 20], u64>,
//!     votes: SortedMap<Str, List<u64>>,
//! }
//!
//! // SAFETY: a number and two containers of eight bytes: `repr(C)`, no padding, valid whatever the bytes are.
//! unsafe impl Stored for Token {
//!     const OWNS: bool = true;
//! }
//!
//! // On the host the space is a `Memory`; in a contract it is the contract's storage.
//! let mut memory = Memory::new(64);
//! memory.with(|token: &mut Token| {
//!     token.supply = 1_000;
//!     *token.balances.or_zero([1; 20]) += 700;
//!     *token.balances.or_zero([2; 20]) += 300;
//!     token.votes.or_zero("yes".into()).push(700);
//! });
//! // A later call finds what an earlier one left.
//! memory.with(|token: &mut Token| {
//!     let sender = token.balances.get_mut(&[1; 20]).unwrap();
//!     *sender -= 50;
//!     *token.balances.or_zero([3; 20]) += 50;
//!     assert_eq!(token.balances.values().sum::<u64>(), token.supply);
//!     assert_eq!(token.votes.get("yes").unwrap()[0], 700);
//!     assert!(token.votes.get("no").is_none());
//! });
//! ```
//!
//! | type | as in std | what an insert changes |
//! |---|---|---|
//! | [`List<T>`] | `Vec<T>`, pushed and popped at its end | one chunk of up to a page |
//! | [`Map<K, V>`], [`Set<K>`] | `HashMap`, `HashSet` | one bucket; now and then a second one and a directory |
//! | [`SortedMap<K, V>`], [`SortedSet<K>`] | `BTreeMap`, `BTreeSet` | one leaf of up to a page; now and then its path |
//! | [`Str`], [`Bytes`] | `String`, `Vec<u8>` | one block |
//!
//! What may lie in storage is [`Stored`]; what may be a key is a [`Key`].
//!
//! # Values that own blocks
//!
//! Values in storage are never dropped. A container releases the elements that it removes, with everything nested in them. Two things are
//! left to the program: an element that is taken out (`take`, `pop`, `swap_remove`) still owns its blocks until it is stored elsewhere, and an
//! element that is overwritten by assignment loses them for good. `clear` or `set` it instead.
//!
//! # Spaces
//!
//! Methods without a space use that of the running code: in a contract its storage, on the host the [`Memory`] whose
//! [`with`](Memory::with) is running. The unsafe methods whose names end in `_in` take a [`Space`], which names each range before it is used
//! and may return errors: they serve a host that pages, journals or meets damage. Both run the same code.
//!
//! # Damage
//!
//! Every offset, count and kind is checked before it is used. If a contract overwrote its own heap, an operation fails, which is a
//! panic in a contract, or has a wrong result. It ends in every case, and never accesses a byte outside of the space.
//!
//! The layout of the bytes is described in `design/containers.md` of the project.
#![no_std]

#[cfg(target_endian = "big")]
compile_error!("the layout is little-endian");

#[cfg(not(target_family = "wasm"))]
extern crate std;

mod bytes;
mod hash;
mod head;
mod heap;
mod here;
mod key;
pub mod list;
pub mod map;
#[cfg(not(target_family = "wasm"))]
mod memory;
mod node;
pub mod set;
pub mod sorted;
pub mod sorted_set;
mod space;
mod stored;

pub use bytes::{Bytes, Str};
pub use hash::{hash, hash_integer};
pub use head::{HEAP_START_AT, PAGE, PAGE_HINT_AT, PAGES_USED_AT, STRUCT, VERSION, VERSION_AT, format, heap_start};
pub use here::here;
pub use key::Key;
pub use list::List;
pub use map::Map;
#[cfg(not(target_family = "wasm"))]
pub use memory::Memory;
pub use set::Set;
pub use sorted::SortedMap;
pub use sorted_set::SortedSet;
pub use space::{Failure, Linear, Space};
pub use stored::{Flag, Stored};
