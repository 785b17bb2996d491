//! Counting host calls.

use wasmtime::{Caller, Extern, Func, ImportType, Store};

use super::environment::Environment;
use super::host::Host;
use crate::contract::names;

/// Wraps a host function so that its calls are counted. The functions that page checks and call depth need are not wrapped:
/// no contract calls them.
pub(super) fn counted<E: Environment>(store: &mut Store<Host<E>>, import: &ImportType<'_>, external: Extern) -> Extern {
    let Extern::Func(function) = external else { return external };
    if [names::PAGING_MODULE, names::EXEC_MODULE].contains(&import.module()) {
        return external;
    }
    let name = format!("{}.{}", import.module(), import.name());
    let ty = function.ty(&*store);
    let counted = Func::new(store, ty, move |mut caller: Caller<'_, Host<E>>, arguments, results| {
        caller.data_mut().parts()?.0.count_host_call(&name);
        function.call(&mut caller, arguments, results)
    });
    Extern::Func(counted)
}
