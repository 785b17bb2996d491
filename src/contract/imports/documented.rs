//! Imports as the author of a contract has to know them.

use super::host_function::HostFunction;
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

/// A host function that every virtual machine has, as the author of a contract has to know it.
#[derive(Debug, Clone, Copy)]
pub struct Documented {
    /// Its names, type and price.
    pub function: HostFunction<'static>,
    /// The parameters of its type, by name.
    pub parameters: &'static [Parameter],
    /// What it does: one line.
    pub meaning: &'static str,
    /// The conditions under which it halts the call instead, with the halt kind where that is not `vmcall`.
    pub refusals: &'static [&'static str],
}

/// A memory that a contract may import.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Its name in the contract.
    pub name: &'static str,
    /// What it is: one line.
    pub meaning: &'static str,
    /// The conditions under which deployment refuses a contract that imports it.
    pub refusals: &'static [&'static str],
}

/// What a contract may import from one module.
#[derive(Debug, Clone, Copy)]
pub struct Module {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub meaning: &'static str,
    /// Its memories.
    pub memories: &'static [Memory],
    /// Its functions. Two of one name differ in their parameters.
    pub functions: &'static [Documented],
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

/// Of functions that read or write own memory.
pub(super) const OUTSIDE_MEMORY: &str =
    "the bytes are not within own memory, or own memory is not exported as `memory`";

/// Of functions that have an effect.
pub(super) const STATIC_WRITE: &str = "the call is static (`static_write`)";
