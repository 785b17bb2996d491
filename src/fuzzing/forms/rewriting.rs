//! A contract that is being rewritten.

use wasm_encoder::reencode;

use super::shape::Shape;
use crate::contract::imports::{Inline, MODULES, STORAGE_MODULE};

/// The storage memory and the own memory of the contract.
pub(super) const STORAGE: u32 = 0;
pub(super) const OWN: u32 = 1;

/// A form of storage other than an imported memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Storage lies inside own memory.
    Inside,
    /// Functions stand for instructions on storage.
    Intrinsics,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 2] = [Self::Inside, Self::Intrinsics];
}

/// The functions of the module `storage` that a form uses, which the rewritten contract imports after its other functions.
pub(super) fn functions_of(form: Form) -> Vec<&'static Inline> {
    let all = MODULES.iter().filter(|module| module.name == STORAGE_MODULE).flat_map(|module| module.inline);
    let is_inside = |inline: &Inline| ["base", "size"].contains(&inline.name);
    all.filter(|inline| is_inside(inline) == (form == Form::Inside)).collect()
}

/// A contract that is being rewritten.
pub(super) struct Rewriting {
    pub(super) form: Form,
    pub(super) functions: Vec<&'static Inline>,
    pub(super) shape: Shape,
    /// The number of bodies so far.
    pub(super) bodies: usize,
    pub(super) has_memories: bool,
}

/// The reason for which a form cannot express a contract: an instruction has no function that stands for it.
#[derive(Debug)]
pub(super) struct Inexpressible;

pub(super) type Error = reencode::Error<Inexpressible>;

impl Rewriting {
    /// Returns the index of an added function.
    pub(super) fn added(&self, name: &str) -> Option<u32> {
        let at = self.functions.iter().position(|inline| inline.name == name)?;
        Some(self.shape.imported_functions + at as u32)
    }
}
