//! The functions that machines call.
//!
//! `Func::call` looks the type of the function up at each call, in a list that all threads share, and a short call takes less time than
//! that. A `TypedFunc` was compared with its type once. So functions of few parameters, which most exports have, are called through it.

use std::fmt;

use wasmtime::{Func, Store, TypedFunc, Val, ValType, WasmParams, WasmResults};

use crate::receipt::Value;

/// A function of an instance.
pub(super) enum Function<T: 'static> {
    Typed(Box<dyn Typed<T>>),
    /// With the number of its results.
    Any(Func, usize),
}

impl<T: 'static> fmt::Debug for Function<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Typed(_)) { "Typed" } else { "Any" })
    }
}

impl<T: 'static> Function<T> {
    pub(super) fn new(function: Func, store: &Store<T>) -> Self {
        let ty = function.ty(store);
        let params: Vec<bool> = ty.params().filter_map(|param| is_i64(&param)).collect();
        let typed = match (ty.params().len(), &*params) {
            (0, []) => returning::<T, ()>(function, store),
            (1, [false]) => returning::<T, (i32,)>(function, store),
            (1, [true]) => returning::<T, (i64,)>(function, store),
            (2, [false, false]) => returning::<T, (i32, i32)>(function, store),
            (2, [false, true]) => returning::<T, (i32, i64)>(function, store),
            (2, [true, false]) => returning::<T, (i64, i32)>(function, store),
            (2, [true, true]) => returning::<T, (i64, i64)>(function, store),
            _ => None,
        };
        typed.map_or_else(|| Self::Any(function, ty.results().len()), Self::Typed)
    }

    /// Calls the function with arguments of its types.
    pub(super) fn call(&self, store: &mut Store<T>, arguments: &[Value]) -> wasmtime::Result<Vec<Value>> {
        match self {
            Self::Typed(function) => function.call(store, arguments),
            Self::Any(function, results) => {
                let arguments: Vec<Val> = arguments.iter().map(to_wasm).collect();
                let mut results = vec![Val::I32(0); *results];
                function.call(store, &arguments, &mut results)?;
                Ok(results.iter().filter_map(from_wasm).collect())
            }
        }
    }
}

/// Returns whether a type is `i64` rather than `i32`; `None` for any other.
fn is_i64(ty: &ValType) -> Option<bool> {
    match ty {
        ValType::I32 => Some(false),
        ValType::I64 => Some(true),
        _ => None,
    }
}

/// Returns the function if it has these parameters, and at most one result.
fn returning<T: 'static, P: Arguments>(function: Func, store: &Store<T>) -> Option<Box<dyn Typed<T>>> {
    fn typed<T: 'static, P: Arguments, R: Results>(function: Func, store: &Store<T>) -> Option<Box<dyn Typed<T>>> {
        let function: TypedFunc<P, R> = function.typed(store).ok()?;
        Some(Box::new(function))
    }
    typed::<T, P, ()>(function, store)
        .or_else(|| typed::<T, P, i32>(function, store))
        .or_else(|| typed::<T, P, i64>(function, store))
}

/// A function of one type.
pub(super) trait Typed<T>: Send + Sync {
    fn call(&self, store: &mut Store<T>, arguments: &[Value]) -> wasmtime::Result<Vec<Value>>;
}

impl<T: 'static, P: Arguments, R: Results> Typed<T> for TypedFunc<P, R> {
    fn call(&self, store: &mut Store<T>, arguments: &[Value]) -> wasmtime::Result<Vec<Value>> {
        let arguments = P::of(arguments).ok_or_else(|| wasmtime::Error::msg("its arguments have other types"))?;
        self.call(store, arguments).map(Results::values)
    }
}

/// The parameters of a function.
trait Arguments: Sized + WasmParams + Send + Sync + 'static {
    /// Returns `None` if the values have other types.
    fn of(values: &[Value]) -> Option<Self>;
}

impl Arguments for () {
    fn of(values: &[Value]) -> Option<Self> {
        values.is_empty().then_some(())
    }
}

impl<A> Arguments for (A,)
where
    A: TryFrom<Value> + 'static,
    Self: WasmParams + Send + Sync,
{
    fn of(values: &[Value]) -> Option<Self> {
        let [a] = values else { return None };
        Some((A::try_from(*a).ok()?,))
    }
}

impl<A, B> Arguments for (A, B)
where
    A: TryFrom<Value> + 'static,
    B: TryFrom<Value> + 'static,
    Self: WasmParams + Send + Sync,
{
    fn of(values: &[Value]) -> Option<Self> {
        let [a, b] = values else { return None };
        Some((A::try_from(*a).ok()?, B::try_from(*b).ok()?))
    }
}

/// The results of a function.
trait Results: WasmResults + Send + Sync + 'static {
    fn values(self) -> Vec<Value>;
}

impl Results for () {
    fn values(self) -> Vec<Value> {
        Vec::new()
    }
}

impl Results for i32 {
    fn values(self) -> Vec<Value> {
        vec![Value::I32(self)]
    }
}

impl Results for i64 {
    fn values(self) -> Vec<Value> {
        vec![Value::I64(self)]
    }
}

fn to_wasm(value: &Value) -> Val {
    match *value {
        Value::I32(value) => Val::I32(value),
        Value::I64(value) => Val::I64(value),
    }
}

fn from_wasm(value: &Val) -> Option<Value> {
    match *value {
        Val::I32(value) => Some(Value::I32(value)),
        Val::I64(value) => Some(Value::I64(value)),
        _ => None,
    }
}
