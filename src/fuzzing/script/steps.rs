//! The steps of a script.

use std::ops::{Deref, DerefMut};

/// Defines the steps whose fields are all numbers: their names in text, and their fields in the order of their words.
macro_rules! steps {
    ($($kind:ident $name:literal { $($field:ident),* })*) => {
        /// A step of a script. In the script, its number is its place in this list, and its fields follow in order. `With` names
        /// the function of the next call, its arguments, and the number of their bytes that the input lacks.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names are the instructions and host functions that the steps execute")]
        pub enum Step {
            $($kind { $($field: u32),* },)*
            /// A nested call, with the script for it to execute.
            Call(Nested),
        }

        /// The kinds of all steps but calls.
        enum Kind {
            $($kind),*
        }

        /// The names of all steps but calls, and of their fields.
        pub(super) const KINDS: &[(&str, &[&str])] = &[$(($name, &[$(stringify!($field)),*])),*];

        impl Step {
            /// Returns the number of the kind, and the fields. Returns `None` for a call.
            pub(in crate::fuzzing) fn numbers(&self) -> Option<(usize, Fields)> {
                match *self {
                    $(Self::$kind { $($field),* } => Some((Kind::$kind as usize, Fields::of(&[$($field),*]))),)*
                    Self::Call(_) => None,
                }
            }

            /// Returns the step of a kind, or `None` if the kind is unknown or the number of fields is wrong.
            pub(in crate::fuzzing) fn of_numbers(kind: usize, fields: &[u32]) -> Option<Self> {
                match *fields {
                    $([$($field),*] if kind == Kind::$kind as usize => Some(Self::$kind { $($field),* }),)*
                    _ => None,
                }
            }
        }
    };
}

steps! {
    Load8 "load8" { at }
    Load16 "load16" { at }
    Load32 "load32" { at }
    Load64 "load64" { at }
    Load128 "load128" { at }
    Store8 "store8" { at, value }
    Store16 "store16" { at, value }
    Store32 "store32" { at, value }
    Store64 "store64" { at, low, high }
    Store128 "store128" { at, value }
    StoreLane "store_lane" { at, value }
    Fill "fill" { at, value, length }
    Copy "copy" { to, from, length }
    CopyIn "copy_in" { to, from, length }
    CopyOut "copy_out" { from, length }
    Init "init" { to, from, length }
    Size "size" { grow }
    SliceRead "slice_read" { page, offset, length }
    SliceWrite "slice_write" { page, offset, length, from }
    RegisterRead "register_read" { page, offset, length }
    RegisterWrite "register_write" { page, offset, length }
    Window "window" { memory, storage, length }
    LoadWindow "load_window" { at }
    StoreWindow "store_window" { at, value }
    Emit "emit" { from, topics, length, expires }
    Balance "balance" { of }
    Value "value" {}
    Caller "caller" {}
    SliceTo "slice_to" { page, offset, length, to }
    OwnCopy "own_copy" { to, from, length }
    OwnFill "own_fill" { to, value, length }
    OwnStore "own_store" { to, value }
    OwnLoad "own_load" { from, width }
    Return "return" { from, length }
    Revert "revert" { from, length }
    Trap "trap" {}
    Panic "panic" { from, length }
    With "with" { function, first, second, lacking }
}

/// The fields of a step: at most four.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::fuzzing) struct Fields {
    values: [u32; 4],
    count: usize,
}

impl Fields {
    fn of(fields: &[u32]) -> Self {
        let mut values = [0; 4];
        values[..fields.len()].copy_from_slice(fields);
        Self { values, count: fields.len() }
    }
}

impl Deref for Fields {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        &self.values[..self.count]
    }
}

impl DerefMut for Fields {
    fn deref_mut(&mut self) -> &mut [u32] {
        &mut self.values[..self.count]
    }
}

/// A nested call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nested {
    /// The number of the account to call. The sender, the last account, has no contract.
    pub contract: u32,
    /// True for a static call.
    pub read_only: bool,
    /// The value to transfer. A static call ignores it.
    pub value: u32,
    /// The gas to offer, or 0 for all remaining gas.
    pub gas: u32,
    /// The script to execute.
    pub steps: Vec<Step>,
}
