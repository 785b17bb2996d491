//! Validation: decides whether a module may be a contract, and collects what the rest of this layer needs.
//!
//! Cheap checks come first: sizes and counts are compared with `limits` before the items are read. So the cost of a hostile
//! module is bounded by its length.

mod binary;
mod code;
mod features;
mod inspect;
mod inspector;
mod sections;
mod segments;
mod shape;
mod text;
mod work;

pub use binary::to_binary;
pub(super) use features::PREPARED_FEATURES;
pub(super) use inspect::inspect;
pub use inspect::validate;
pub(super) use shape::{Body, Mutability, Role, Shape};

#[cfg(test)]
mod tests;
