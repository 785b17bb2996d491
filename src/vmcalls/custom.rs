//! Custom host functions: making a closure importable.

use std::fmt;

use wasmtime::{Caller, Linker, WasmRet, WasmTy};

use super::host_call::HostCall;
use super::refusal::Refusal;
use crate::contract::{Signature, ValueType};
use crate::limits::MAX_PRICE_IN_CODE;
use crate::machine::{Environment, Host, charge};
use crate::units::Gas;

mod sealed {
    /// Only types of this crate implement it.
    pub trait Sealed {}
}

use sealed::Sealed;

/// A parameter or result of a host function: `i32` and `i64`, or `u32` and `u64` for the same bits.
pub trait HostValue: Sealed + WasmTy {
    /// Its type in wasm.
    #[doc(hidden)]
    const TYPE: ValueType;
}

/// The result of a host function that succeeds: `()` or a [`HostValue`].
pub trait HostResult: Sealed + WasmRet + Send {
    /// Its types in wasm.
    #[doc(hidden)]
    const TYPES: &'static [ValueType];
}

/// The return type of a host function: a [`HostResult`], or a `Result` of one and a [`Refusal`].
pub trait HostReturn: Sealed {
    /// The result on success.
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

/// A closure that contracts can import: `Fn(&mut HostCall<'_>, A, B, …) -> R + Send + Sync + 'static`, with up to eight
/// parameters of types that are [`HostValue`], and with a return type that is [`HostReturn`]. Its type in wasm follows from its
/// type in Rust, so a closure must declare the types of its parameters.
#[diagnostic::on_unimplemented(
    message = "contracts cannot import `{Self}`",
    note = "a host function is a closure `|call: &mut HostCall<'_>, a: i32, b: i64| -> R` with at most 8 parameters of \
            i32, u32, i64 or u64 besides the call, and R one of these, `()`, or a `Result` of them and a `Refusal`"
)]
#[expect(private_bounds, private_interfaces, reason = "only the VM links functions")]
pub trait HostClosure<Parameters, R>: Send + Sync + 'static {
    /// Its type in wasm.
    #[doc(hidden)]
    fn signature() -> Signature;

    /// Adds it to a linker.
    #[doc(hidden)]
    fn link<E: Environment>(self, linker: &mut Linker<Host<E>>, target: LinkTarget) -> wasmtime::Result<()>;
}

/// The name under which a function is linked, and its price.
struct LinkTarget {
    module: String,
    name: String,
    /// The part of the price that the prepared code does not charge.
    price_on_call: u64,
}

macro_rules! closures {
    ($([$($parameter:ident)*])*) => {$(
        #[expect(private_bounds, private_interfaces, reason = "only the VM links functions")]
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
            fn link<E: Environment>(self, linker: &mut Linker<Host<E>>, target: LinkTarget) -> wasmtime::Result<()> {
                let LinkTarget { module, name, price_on_call } = target;
                let shown = format!("{module}.{name}");
                let function = move |mut caller: Caller<'_, Host<E>>, $($parameter: $parameter),*| {
                    if price_on_call > 0 {
                        charge(&mut caller, price_on_call)?;
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

/// A custom host function as the embedder has given it.
pub(crate) struct CustomImport<E: 'static> {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) signature: Signature,
    pub(crate) price: Gas,
    link: Box<Link<E>>,
}

type Link<E> = dyn FnOnce(&mut Linker<Host<E>>, LinkTarget) -> wasmtime::Result<()> + Send + Sync;

impl<E: Environment> CustomImport<E> {
    pub(crate) fn new<P, R, F: HostClosure<P, R>>(module: String, name: String, price: Gas, function: F) -> Self {
        let link = Box::new(|linker: &mut Linker<Host<E>>, target: LinkTarget| function.link(linker, target));
        Self { module, name, signature: F::signature(), price, link }
    }

    pub(super) fn add(self, linker: &mut Linker<Host<E>>) -> wasmtime::Result<()> {
        let Self { module, name, price, link, .. } = self;
        link(linker, LinkTarget { module, name, price_on_call: price.0.saturating_sub(MAX_PRICE_IN_CODE.into()) })
    }
}

impl<E> fmt::Debug for CustomImport<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { module, name, signature, price, .. } = self;
        write!(f, "{module}.{name}{signature} for {price}")
    }
}
