//! Host functions of an embedder's own: from a closure to what contracts import.

use std::fmt;

use wasmtime::{Caller, Linker, WasmRet, WasmTy};

use super::host_call::HostCall;
use super::refusal::Refusal;
use crate::contract::{Signature, ValueType};
use crate::limits::MAX_PRICE_IN_CODE;
use crate::machine::{Environment, Host, take};
use crate::units::Gas;

mod sealed {
    /// Types of this crate's choice only.
    pub trait Sealed {}
}

use sealed::Sealed;

/// What contracts can pass to a host function and get from it: `i32` and `i64`, or `u32` and `u64` for the same bits.
pub trait HostValue: Sealed + WasmTy {
    /// As which it is declared in wasm.
    #[doc(hidden)]
    const TYPE: ValueType;
}

/// What a host function gives when it succeeds: nothing, or a [`HostValue`].
pub trait HostResult: Sealed + WasmRet + Send {
    /// As which it is declared in wasm.
    #[doc(hidden)]
    const TYPES: &'static [ValueType];
}

/// What a host function returns: a [`HostResult`], or a `Result` of it and a [`Refusal`].
pub trait HostReturn: Sealed {
    /// What it gives when it succeeds.
    #[doc(hidden)]
    type Success: HostResult;

    #[doc(hidden)]
    fn into_result(self) -> Result<Self::Success, Refusal>;
}

macro_rules! values {
    ($($ty:ty, $declared:ident;)*) => {$(
        impl HostValue for $ty {
            const TYPE: ValueType = ValueType::$declared;
        }
        values!(@result $ty, &[ValueType::$declared]);
    )*};
    (@result $ty:ty, $types:expr) => {
        impl Sealed for $ty {}
        impl HostResult for $ty {
            const TYPES: &'static [ValueType] = $types;
        }
        impl HostReturn for $ty {
            type Success = Self;

            fn into_result(self) -> Result<Self, Refusal> {
                Ok(self)
            }
        }
    };
}

values! {
    i32, I32;
    u32, I32;
    i64, I64;
    u64, I64;
}
values!(@result (), &[]);

impl<T: HostResult> Sealed for Result<T, Refusal> {}

impl<T: HostResult> HostReturn for Result<T, Refusal> {
    type Success = T;

    fn into_result(self) -> Self {
        self
    }
}

/// A closure that contracts can import: `Fn(&mut HostCall<'_>, A, B, …) -> R + Send + Sync + 'static` with up to eight
/// parameters that are each a [`HostValue`], and a result that is a [`HostReturn`]. Its type in wasm comes from its type in
/// Rust, so a closure has to say the types of its parameters.
#[diagnostic::on_unimplemented(
    message = "contracts cannot import `{Self}`",
    note = "a host function is a closure `|call: &mut HostCall<'_>, a: i32, b: i64| -> R` with at most 8 parameters of \
            i32, u32, i64 or u64 besides the call, and R one of these, `()`, or a `Result` of them and a `Refusal`"
)]
#[expect(private_bounds, private_interfaces, reason = "only the virtual machine links functions")]
pub trait HostClosure<Parameters, R>: Send + Sync + 'static {
    /// Its type in wasm.
    #[doc(hidden)]
    fn signature() -> Signature;

    /// Has contracts find it.
    #[doc(hidden)]
    fn link<E: Environment>(self, linker: &mut Linker<Host<E>>, import: Named) -> wasmtime::Result<()>;
}

/// Under which name, and for what price beside what the prepared code takes.
struct Named {
    module: String,
    name: String,
    rest: u64,
}

macro_rules! closures {
    ($([$($parameter:ident)*])*) => {$(
        #[expect(private_bounds, private_interfaces, reason = "only the virtual machine links functions")]
        impl<F, R, $($parameter),*> HostClosure<($($parameter,)*), R> for F
        where
            F: Fn(&mut HostCall<'_>, $($parameter),*) -> R + Send + Sync + 'static,
            R: HostReturn,
            $($parameter: HostValue,)*
        {
            fn signature() -> Signature {
                Signature { params: vec![$($parameter::TYPE),*], results: R::Success::TYPES.to_vec() }
            }

            #[allow(non_snake_case, reason = "a parameter is named as its type")]
            fn link<E: Environment>(self, linker: &mut Linker<Host<E>>, import: Named) -> wasmtime::Result<()> {
                let Named { module, name, rest } = import;
                let shown = format!("{module}.{name}");
                let function = move |mut caller: Caller<'_, Host<E>>, $($parameter: $parameter),*| {
                    if rest > 0 {
                        take(&mut caller, rest)?;
                    }
                    let returned = self(&mut HostCall::new(&shown, &mut caller), $($parameter),*);
                    returned.into_result().map_err(|refusal| refusal.into_error(&shown))
                };
                linker.func_wrap(&module, &name, function)?;
                Ok(())
            }
        }
    )*};
}

closures! {
    []
    [A]
    [A B]
    [A B C]
    [A B C D]
    [A B C D G]
    [A B C D G H]
    [A B C D G H I]
    [A B C D G H I J]
}

/// A function that contracts are to import, as it was given.
pub(crate) struct OwnImport<E: 'static> {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) signature: Signature,
    pub(crate) price: Gas,
    link: Box<Link<E>>,
}

type Link<E> = dyn FnOnce(&mut Linker<Host<E>>, Named) -> wasmtime::Result<()> + Send + Sync;

impl<E: Environment> OwnImport<E> {
    pub(crate) fn new<P, R, F: HostClosure<P, R>>(module: String, name: String, price: Gas, function: F) -> Self {
        let link = Box::new(|linker: &mut Linker<Host<E>>, import: Named| function.link(linker, import));
        Self { module, name, signature: F::signature(), price, link }
    }

    pub(super) fn add(self, linker: &mut Linker<Host<E>>) -> wasmtime::Result<()> {
        let Self { module, name, price, link, .. } = self;
        link(linker, Named { module, name, rest: price.0.saturating_sub(MAX_PRICE_IN_CODE.into()) })
    }
}

impl<E> fmt::Debug for OwnImport<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { module, name, signature, price, .. } = self;
        write!(f, "{module}.{name}{signature} for {price}")
    }
}
