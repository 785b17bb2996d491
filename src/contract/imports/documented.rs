//! The documentation of imports, for authors of contracts.

use super::host_function::HostFunction;
use super::inline::Inline;
use crate::contract::metadata::ValueType;
use crate::contract::metadata::ValueType::{I32, I64};

/// A parameter of a host function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in messages and documents.
    pub name: &'static str,
    /// Its type.
    pub ty: ValueType,
}

pub(super) const fn i32(name: &'static str) -> Parameter {
    Parameter { name, ty: I32 }
}

pub(super) const fn i64(name: &'static str) -> Parameter {
    Parameter { name, ty: I64 }
}

/// A host function that every VM has, with its documentation for authors of contracts.
#[derive(Debug, Clone, Copy)]
pub struct Documented {
    /// Its names, type and price.
    pub function: HostFunction<'static>,
    /// Its parameters with their names.
    pub parameters: &'static [Parameter],
    /// Its effect, in one line.
    pub meaning: &'static str,
    /// The conditions under which it halts the call instead, each with the halt kind if that is not `vmcall`.
    pub refusals: &'static [&'static str],
}

/// A memory that a contract may import.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Its name in the contract.
    pub name: &'static str,
    /// Its meaning, in one line.
    pub meaning: &'static str,
    /// The conditions under which deployment refuses a contract that imports it.
    pub refusals: &'static [&'static str],
}

/// The imports that one module offers.
#[derive(Debug, Clone, Copy)]
pub struct Module {
    /// Its name.
    pub name: &'static str,
    /// Its purpose, in a few words.
    pub meaning: &'static str,
    /// Its memories.
    pub memories: &'static [Memory],
    /// Its functions. Functions with the same name differ in their parameters.
    pub functions: &'static [Documented],
    /// Its functions that stand for instructions. They may only be called directly.
    pub inline: &'static [Inline],
}

/// The functions of a module: name, parameters, results, price, meaning, refusals.
macro_rules! functions {
    ($module:ident: $(
        $name:literal ($($param:ident)*) -> ($($result:ident)*) $price:ident $(as $link:literal)?
            $meaning:literal [$($refusal:expr),* $(,)?];
    )*) => {
        &[$(Documented {
            function: HostFunction {
                module: $module,
                name: $name,
                params: &[$($param.ty),*],
                results: &[$($result),*],
                link_name: functions!(@link $name $($link)?),
                price: $price,
            },
            parameters: &[$($param),*],
            meaning: $meaning,
            refusals: &[$($refusal),*],
        }),*]
    };
    (@link $name:literal) => { $name };
    (@link $name:literal $link:literal) => { $link };
}
pub(super) use functions;

/// The refusal of functions that read or write own memory.
pub(super) const OUTSIDE_MEMORY: &str =
    "the bytes are not within own memory, or own memory is not exported as `memory`";

/// The refusal of functions that have an effect.
pub(super) const STATIC_WRITE: &str = "the call is static (`static_write`)";
