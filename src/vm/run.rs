//! Running a call.

use std::sync::Arc;
use std::time::Instant;

use super::error::Error;
use super::handle::Vm;
use super::view::{At, View};
use crate::paging::SharedSnapshot;
use crate::receipt::{Call, Detail, Receipt, Trace};
use crate::store::StoreStatistics;
use crate::transaction::{Intent, Shared, Transaction, execute};

/// A call that is about to be run on the newest moment: [`commit`](Self::commit) keeps what it does when it returns,
/// [`dry`](Self::dry) leaves nothing.
#[derive(Debug, Clone, Copy)]
#[must_use = "nothing runs before `commit` or `dry`"]
pub struct Run<'a> {
    vm: &'a Vm,
    call: &'a Call,
}

/// A call that is about to be run where nothing can be committed.
#[derive(Debug, Clone, Copy)]
#[must_use = "nothing runs before `dry`"]
pub struct DryRun<'a> {
    on: On<'a>,
    call: &'a Call,
}

/// A [`Run`] or a [`DryRun`] of which more is told than its receipt.
#[derive(Debug, Clone, Copy)]
#[must_use = "nothing runs before `commit` or `dry`"]
pub struct Traced<R> {
    run: R,
    detail: Detail,
}

#[derive(Debug, Clone, Copy)]
enum On<'a> {
    Past(&'a Vm, At),
    View(&'a View),
}

impl Vm {
    /// A call, to be run on the newest moment.
    pub fn run<'a>(&'a self, call: &'a Call) -> Run<'a> {
        Run { vm: self, call }
    }
}

impl View {
    /// A call, to be run on this moment.
    pub fn run<'a>(&'a self, call: &'a Call) -> DryRun<'a> {
        DryRun { on: On::View(self), call }
    }
}

impl<'a> Run<'a> {
    /// On another moment, when all accounts are as they were then. Nothing can be committed there.
    pub fn at(self, at: impl Into<At>) -> DryRun<'a> {
        DryRun { on: On::Past(self.vm, at.into()), call: self.call }
    }

    /// Tells also how it goes.
    pub fn trace(self, detail: Detail) -> Traced<Self> {
        Traced { run: self, detail }
    }

    /// Runs the call and, when the contract returns, commits what it did.
    ///
    /// # Errors
    /// [`Error`] is a call that could not begin, or a failure of the host.
    pub fn commit(self) -> Result<Receipt, Error> {
        Ok(self.committed(None)?.0)
    }

    /// Runs the call and leaves nothing. The receipt is that of [`commit`](Self::commit), but for its commit.
    ///
    /// # Errors
    /// [`Error`] is a call that could not begin, or a failure of the host.
    pub fn dry(self) -> Result<Receipt, Error> {
        Ok(self.dried(None)?.0)
    }

    fn committed(self, detail: Option<Detail>) -> Result<(Receipt, Option<Box<Trace>>), Error> {
        let meter = Meter::begin(detail);
        let Shared { store, .. } = &*self.vm.shared;
        let _writer = store.writer()?;
        let settled = execute(&self.vm.shared, SharedSnapshot::new(store.snapshot()?), self.call, meter.intent())?;
        let (receipt, mut trace) = if settled.is_returned() { settled.commit()? } else { settled.undo()? };
        meter.end(&mut trace);
        Ok((receipt, trace))
    }

    fn dried(self, detail: Option<Detail>) -> Result<(Receipt, Option<Box<Trace>>), Error> {
        let snapshot = || Ok(SharedSnapshot::new(self.vm.shared.store.snapshot()?));
        dry(&self.vm.shared, snapshot, self.call, detail)
    }
}

impl DryRun<'_> {
    /// Tells also how it goes.
    pub fn trace(self, detail: Detail) -> Traced<Self> {
        Traced { run: self, detail }
    }

    /// Runs the call and leaves nothing.
    ///
    /// # Errors
    /// [`Error`] is a call that could not begin, a moment that there was not, or a failure of the host.
    pub fn dry(self) -> Result<Receipt, Error> {
        Ok(self.dried(None)?.0)
    }

    fn dried(self, detail: Option<Detail>) -> Result<(Receipt, Option<Box<Trace>>), Error> {
        match self.on {
            On::View(view) => dry(&view.shared, || Ok(view.snapshot.share()), self.call, detail),
            On::Past(vm, at) => {
                let snapshot = || Ok(SharedSnapshot::new(Box::new(vm.past(at)?)));
                dry(&vm.shared, snapshot, self.call, detail)
            }
        }
    }
}

impl<'a> Traced<Run<'a>> {
    /// As [`Run::at`].
    pub fn at(self, at: impl Into<At>) -> Traced<DryRun<'a>> {
        Traced { run: self.run.at(at), detail: self.detail }
    }

    /// As [`Run::commit`].
    ///
    /// # Errors
    /// As [`Run::commit`].
    pub fn commit(self) -> Result<(Receipt, Trace), Error> {
        self.run.committed(Some(self.detail)).map(with_trace)
    }

    /// As [`Run::dry`].
    ///
    /// # Errors
    /// As [`Run::dry`].
    pub fn dry(self) -> Result<(Receipt, Trace), Error> {
        self.run.dried(Some(self.detail)).map(with_trace)
    }
}

impl Traced<DryRun<'_>> {
    /// As [`DryRun::dry`].
    ///
    /// # Errors
    /// As [`DryRun::dry`].
    pub fn dry(self) -> Result<(Receipt, Trace), Error> {
        self.run.dried(Some(self.detail)).map(with_trace)
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

/// Measures what a whole run takes.
struct Meter {
    detail: Option<Detail>,
    begun: Option<Instant>,
    before: Option<StoreStatistics>,
}

impl Meter {
    fn begin(detail: Option<Detail>) -> Self {
        let begun = (detail == Some(Detail::Times)).then(Instant::now);
        let before = (detail == Some(Detail::Counts)).then(StoreStatistics::of_this_thread);
        Self { detail, begun, before }
    }

    fn intent(&self) -> Intent {
        Intent { detail: self.detail, begun: self.begun, in_block: false }
    }

    fn end(self, trace: &mut Option<Box<Trace>>) {
        if let Some(trace) = trace {
            trace.store = self.before.map(|before| StoreStatistics::of_this_thread().since(before));
        }
    }
}
