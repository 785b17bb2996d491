//! Transactions about which somebody wants to know more than how they went: what they took.

use std::time::Instant;

use wasmtime::{Extern, Func, ImportType, Store};

use super::call::Call;
use super::error::Error;
use super::execute::Intent;
use super::host::Host;
use super::receipt::Receipt;
use super::trace::Trace;
use super::tracer::Detail;
use super::vm::Vm;
use crate::contract::names;

impl Vm {
    /// As [`call_traced`](Self::call_traced), and counts what the call took: [`Trace::host_calls`], [`Trace::store`].
    ///
    /// Its contracts run in instances of their own, so that other calls pay nothing for the counting.
    pub fn call_counted(&self, call: &Call) -> Result<(Receipt, Trace), Error> {
        let _writer = self.shared.store.writer()?;
        self.execute(call, Intent { commit: true, detail: Detail::Counts, ..Intent::default() })
    }

    /// As [`call_counted`](Self::call_counted), and leaves no trace.
    pub fn dry_run_counted(&self, call: &Call) -> Result<(Receipt, Trace), Error> {
        self.execute(call, Intent { detail: Detail::Counts, ..Intent::default() })
    }

    /// As [`call`](Self::call), and says where its time went: [`Trace::split`].
    pub fn call_timed(&self, call: &Call) -> Result<(Receipt, Trace), Error> {
        let begun = Some(Instant::now());
        let _writer = self.shared.store.writer()?;
        self.execute(call, Intent { commit: true, begun, ..Intent::default() })
    }

    /// As [`call_timed`](Self::call_timed), and leaves no trace.
    pub fn dry_run_timed(&self, call: &Call) -> Result<(Receipt, Trace), Error> {
        self.execute(call, Intent { begun: Some(Instant::now()), ..Intent::default() })
    }
}

/// What a module imports in the place of a host function, where calls of it are counted. The functions that the compiled
/// checks call are left as they are: those are faults.
pub(super) fn counted(store: &mut Store<Host>, import: &ImportType<'_>, external: Extern) -> Extern {
    let Extern::Func(function) = external else { return external };
    if [names::PAGING_MODULE, names::EXEC_MODULE].contains(&import.module()) {
        return external;
    }
    let name = format!("{}.{}", import.module(), import.name());
    let ty = function.ty(&*store);
    let counted = Func::new(store, ty, move |mut caller, arguments, results| {
        let (transaction, _) = caller.data_mut().parts()?;
        if let Some(tracer) = &mut transaction.tracer {
            tracer.count_host_call(&name);
        }
        function.call(&mut caller, arguments, results)
    });
    Extern::Func(counted)
}
