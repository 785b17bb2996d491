//! Runs of a call: with a commit or dry, with or without a trace.

use std::sync::Arc;
use std::time::Instant;

use super::error::Error;
use super::handle::Vm;
use super::view::{At, View};
use crate::paging::SharedSnapshot;
use crate::receipt::{Call, Detail, Receipt, Trace};
use crate::store::StoreStatistics;
use crate::transaction::{Intent, Shared, Transaction, execute};

/// A call to be run on the newest moment. [`commit`](Self::commit) commits its effects if it returns; [`dry`](Self::dry) undoes
/// them.
#[derive(Debug, Clone, Copy)]
#[must_use = "nothing runs before `commit` or `dry`"]
pub struct Run<'a> {
    vm: &'a Vm,
    call: &'a Call,
}

/// A call to be run on a moment on which nothing can be committed.
#[derive(Debug, Clone, Copy)]
#[must_use = "nothing runs before `dry`"]
pub struct DryRun<'a> {
    base: Base<'a>,
    call: &'a Call,
}

/// A [`Run`] or [`DryRun`] that also returns a trace.
#[derive(Debug, Clone, Copy)]
#[must_use = "nothing runs before `commit` or `dry`"]
pub struct Traced<R> {
    run: R,
    detail: Detail,
}

/// The moment on which a dry run runs.
#[derive(Debug, Clone, Copy)]
enum Base<'a> {
    Past(&'a Vm, At),
    View(&'a View),
}

impl Vm {
    /// Returns a run of a call on the newest moment.
    pub fn run<'a>(&'a self, call: &'a Call) -> Run<'a> {
        Run { vm: self, call }
    }
}

impl View {
    /// Returns a run of a call on this moment.
    pub fn run<'a>(&'a self, call: &'a Call) -> DryRun<'a> {
        DryRun { base: Base::View(self), call }
    }
}

impl<'a> Run<'a> {
    /// Runs the call on another moment, with all accounts of that moment. Nothing can be committed then.
    pub fn at(self, at: impl Into<At>) -> DryRun<'a> {
        DryRun { base: Base::Past(self.vm, at.into()), call: self.call }
    }

    /// Requests a trace.
    pub fn trace(self, detail: Detail) -> Traced<Self> {
        Traced { run: self, detail }
    }

    /// Runs the call, and commits its effects if it returns.
    ///
    /// # Errors
    /// Returns an error if the call cannot start or the host fails.
    pub fn commit(self) -> Result<Receipt, Error> {
        Ok(self.commit_with(None)?.0)
    }

    /// Runs the call and undoes its effects. The receipt is that of [`commit`](Self::commit) without the commit number.
    ///
    /// # Errors
    /// Returns an error if the call cannot start or the host fails.
    pub fn dry(self) -> Result<Receipt, Error> {
        Ok(self.dry_with(None)?.0)
    }

    fn commit_with(self, detail: Option<Detail>) -> Result<(Receipt, Option<Box<Trace>>), Error> {
        let meter = Meter::begin(detail);
        let Shared { store, .. } = &*self.vm.shared;
        let _writer = store.writer()?;
        let settled = execute(&self.vm.shared, SharedSnapshot::new(store.snapshot()?), self.call, meter.intent())?;
        let (receipt, mut trace) = if settled.is_returned() { settled.commit()? } else { settled.undo()? };
        meter.end(&mut trace);
        Ok((receipt, trace))
    }

    fn dry_with(self, detail: Option<Detail>) -> Result<(Receipt, Option<Box<Trace>>), Error> {
        let snapshot = || Ok(SharedSnapshot::new(self.vm.shared.store.snapshot()?));
        dry(&self.vm.shared, snapshot, self.call, detail)
    }
}

impl DryRun<'_> {
    /// Requests a trace.
    pub fn trace(self, detail: Detail) -> Traced<Self> {
        Traced { run: self, detail }
    }

    /// Runs the call and undoes its effects.
    ///
    /// # Errors
    /// Returns an error if the call cannot start, the moment does not exist, or the host fails.
    pub fn dry(self) -> Result<Receipt, Error> {
        Ok(self.dry_with(None)?.0)
    }

    fn dry_with(self, detail: Option<Detail>) -> Result<(Receipt, Option<Box<Trace>>), Error> {
        match self.base {
            Base::View(view) => dry(&view.shared, || Ok(view.snapshot.share()), self.call, detail),
            Base::Past(vm, at) => {
                let snapshot = || Ok(SharedSnapshot::new(Box::new(vm.past(at)?)));
                dry(&vm.shared, snapshot, self.call, detail)
            }
        }
    }
}

impl<'a> Traced<Run<'a>> {
    /// Does what [`Run::at`] does.
    pub fn at(self, at: impl Into<At>) -> Traced<DryRun<'a>> {
        Traced { run: self.run.at(at), detail: self.detail }
    }

    /// Does what [`Run::commit`] does, and returns also the trace.
    ///
    /// # Errors
    /// Returns the errors of [`Run::commit`].
    pub fn commit(self) -> Result<(Receipt, Trace), Error> {
        self.run.commit_with(Some(self.detail)).map(with_trace)
    }

    /// Does what [`Run::dry`] does, and returns also the trace.
    ///
    /// # Errors
    /// Returns the errors of [`Run::dry`].
    pub fn dry(self) -> Result<(Receipt, Trace), Error> {
        self.run.dry_with(Some(self.detail)).map(with_trace)
    }
}

impl Traced<DryRun<'_>> {
    /// Does what [`DryRun::dry`] does, and returns also the trace.
    ///
    /// # Errors
    /// Returns the errors of [`DryRun::dry`].
    pub fn dry(self) -> Result<(Receipt, Trace), Error> {
        self.run.dry_with(Some(self.detail)).map(with_trace)
    }
}

fn with_trace((receipt, trace): (Receipt, Option<Box<Trace>>)) -> (Receipt, Trace) {
    (receipt, trace.map_or_else(Trace::default, |trace| *trace))
}

fn dry(
    shared: &Arc<Shared<Transaction>>,
    snapshot: impl FnOnce() -> Result<SharedSnapshot, Error>,
    call: &Call,
    detail: Option<Detail>,
) -> Result<(Receipt, Option<Box<Trace>>), Error> {
    let meter = Meter::begin(detail);
    let settled = execute(shared, snapshot()?, call, meter.intent())?;
    let (receipt, mut trace) = settled.undo()?;
    meter.end(&mut trace);
    Ok((receipt, trace))
}

/// Collects the parts of a trace that need the start and the end of a run.
struct Meter {
    detail: Option<Detail>,
    start: Option<Instant>,
    counts_before: Option<StoreStatistics>,
}

impl Meter {
    fn begin(detail: Option<Detail>) -> Self {
        let start = (detail == Some(Detail::Times)).then(Instant::now);
        let counts_before = (detail == Some(Detail::Counts)).then(StoreStatistics::of_this_thread);
        Self { detail, start, counts_before }
    }

    fn intent(&self) -> Intent {
        Intent { detail: self.detail, begun: self.start, in_block: false }
    }

    fn end(self, trace: &mut Option<Box<Trace>>) {
        if let Some(trace) = trace {
            trace.store = self.counts_before.map(|before| StoreStatistics::of_this_thread().since(before));
        }
    }
}
