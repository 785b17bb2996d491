//! What a script is made of.

/// Defines the steps that have numbers only: their names in text, and their fields in the order of their words.
macro_rules! steps {
    ($($kind:ident $name:literal { $($field:ident),* })*) => {
        /// A step of a script; its number is its place in this list, and its words are its fields in order.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names are the instructions and host functions that the steps execute")]
        pub enum Step {
            $($kind { $($field: u32),* },)*
            /// A call, which executes a script of its own.
            Call(Nested),
        }

        /// The names of all steps but calls, and of their fields.
        pub(super) const KINDS: &[(&str, &[&str])] = &[$(($name, &[$(stringify!($field)),*])),*];

        impl Step {
            /// The number of the kind, and the fields; nothing for a call.
            pub(in crate::fuzzing) fn numbers(&self) -> Option<(usize, Vec<u32>)> {
                let mut kind = 0;
                $(
                    if let Self::$kind { $($field),* } = self {
                        return Some((kind, vec![$(*$field),*]));
                    }
                    kind += 1;
                )*
                let _ = kind;
                None
            }

            /// The step of a kind; nothing if there is none, or it has another number of fields.
            pub(in crate::fuzzing) fn of_numbers(kind: usize, fields: &[u32]) -> Option<Self> {
                let mut number = 0;
                $(
                    if kind == number {
                        return match *fields {
                            [$($field),*] => Some(Self::$kind { $($field),* }),
                            _ => None,
                        };
                    }
                    number += 1;
                )*
                let _ = number;
                None
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
}

/// A call inside a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nested {
    /// Which: a contract, or the sender, at whose address there is none.
    pub contract: u32,
    /// Whether it may only read.
    pub read_only: bool,
    /// Money that goes with it; a call that may only read takes none.
    pub value: u32,
    /// The gas it gets; 0 for as much as can be given.
    pub gas: u32,
    /// What it does.
    pub steps: Vec<Step>,
}
