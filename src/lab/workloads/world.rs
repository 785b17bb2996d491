//! A machine on a store of its own, with contracts to measure.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::lab::LabError;
use crate::lab::measure::{Reading, events};
use crate::paging::PagerKind;
use crate::receipt::{Block, Call, Detail, Phase, Receipt, Status, Trace, Value};
use crate::store::{Durability, LmdbStore, MemoryStore, OpenOptions, PageStore, StoreError};
use crate::units::{Address, Gas, PageCount};
use crate::vm::{Deployment, Vm, VmBuilder};

/// Gas of every call: more than any of them uses.
const GAS: Gas = Gas(1 << 40);

/// How long each part of some transactions took, in the order of [`Phase::ALL`].
pub type Parts = [Duration; Phase::ALL.len()];

/// What becomes of a call that returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is discarded.
    DryRun,
    /// It is committed.
    Commit,
}

/// A machine of its own, so that no other contract's frames or records are in the way.
#[derive(Debug)]
pub struct World {
    vm: Vm,
}

impl World {
    /// On a store in memory.
    pub fn in_memory() -> Result<Self, LabError> {
        Self::in_memory_with(|builder| builder)
    }

    /// As `in_memory`, with settings of one's own.
    pub fn in_memory_with(set: impl FnOnce(VmBuilder) -> VmBuilder) -> Result<Self, LabError> {
        Self::on(set(Self::alone(MemoryStore::new())))
    }

    /// On LMDB in a directory, written without waiting for the disk.
    pub fn on_disk(directory: &Path) -> Result<Self, LabError> {
        Self::on_disk_with(directory, |builder| builder)
    }

    /// As `on_disk`, with settings of one's own.
    pub fn on_disk_with(directory: &Path, set: impl FnOnce(VmBuilder) -> VmBuilder) -> Result<Self, LabError> {
        Self::on_lmdb(directory, Durability::Async, LmdbStore::open, set)
    }

    /// On LMDB in a directory, each commit of which waits for the disk.
    pub fn synced(directory: &Path) -> Result<Self, LabError> {
        Self::on_lmdb(directory, Durability::Synced, LmdbStore::open, |builder| builder)
    }

    /// As `on_disk`, but never through a map of the file: what is written to it can be counted, and is the same anywhere.
    pub fn written_on_disk(directory: &Path) -> Result<Self, LabError> {
        Self::on_lmdb(directory, Durability::Async, LmdbStore::open_without_map, |builder| builder)
    }

    fn on_lmdb(
        directory: &Path,
        durability: Durability,
        open: fn(&Path, &OpenOptions) -> Result<Arc<LmdbStore>, StoreError>,
        set: impl FnOnce(VmBuilder) -> VmBuilder,
    ) -> Result<Self, LabError> {
        let options = OpenOptions { durability, ..OpenOptions::default() };
        let store =
            open(directory, &options).map_err(|source| LabError::Store { path: directory.to_owned(), source })?;
        Self::on(set(Self::alone(store)))
    }

    /// Compiled code is not kept on disk: a measurement leaves nothing behind.
    fn alone(store: Arc<dyn PageStore>) -> VmBuilder {
        Vm::builder(store).module_cache_dir(None)
    }

    fn on(builder: VmBuilder) -> Result<Self, LabError> {
        let vm = builder.build().map_err(vm_error("making the machine under test"))?;
        Ok(Self { vm })
    }

    /// Deploys a contract given as text, on storage of the usual size.
    pub fn deploy(&self, source: &str) -> Result<Address, LabError> {
        self.deploy_named("a contract", source.as_bytes())
    }

    /// As `deploy`, on storage of so many pages.
    pub fn deploy_with(&self, source: &str, max_pages: Option<PageCount>) -> Result<Address, LabError> {
        self.deploy_as("a contract", source.as_bytes(), &Deployment { max_pages, ..Deployment::default() })
    }

    /// Deploys a contract, text or binary, that an error calls by `name`.
    pub fn deploy_named(&self, name: &str, code: &[u8]) -> Result<Address, LabError> {
        self.deploy_as(name, code, &Deployment::default())
    }

    fn deploy_as(&self, name: &str, code: &[u8], deployment: &Deployment) -> Result<Address, LabError> {
        let deployed = self.vm.deploy(code, deployment).map_err(vm_error(&format!("deploying {name}")))?;
        Ok(deployed.address)
    }

    /// The machine.
    pub(in crate::lab) fn vm(&self) -> &Vm {
        &self.vm
    }

    /// Runs a call and commits it.
    pub fn call(&self, call: &Call) -> Result<Receipt, LabError> {
        self.vm.run(call).commit().map_err(vm_error("calling a contract"))
    }

    /// Runs a call, which is or is not committed, and counts what it takes.
    pub fn counted(&self, mode: Mode, call: &Call) -> Result<(Receipt, Trace), LabError> {
        match mode {
            Mode::DryRun => {
                self.vm.run(call).trace(Detail::Counts).dry().map_err(vm_error("calling a contract without commit"))
            }
            Mode::Commit => self.vm.run(call).trace(Detail::Counts).commit().map_err(vm_error("calling a contract")),
        }
    }

    /// Runs a call and discards it.
    pub fn dry_run(&self, call: &Call) -> Result<Receipt, LabError> {
        self.vm.run(call).dry().map_err(vm_error("calling a contract without commit"))
    }

    /// What processor and kernel count of a call that is discarded; less that of another.
    pub fn events(&self, call: &Call, less: Option<&Call>) -> Result<BTreeMap<String, u64>, LabError> {
        events(|events| {
            let mut of = |call: &Call| -> Result<Reading, LabError> {
                let mut receipt = None;
                let found = events.count(|| receipt = Some(self.dry_run(call)));
                receipt.transpose()?;
                Ok(found)
            };
            let found = of(call)?;
            Ok(match less {
                Some(less) => found.less(&of(less)?),
                None => found,
            })
        })
    }

    /// Runs a call that many times, at least once, and discards it each time. Gives the last receipt and the time of all.
    pub fn dry_runs(&self, call: &Call, times: u64) -> Result<(Receipt, Duration), LabError> {
        let start = Instant::now();
        let mut last = self.dry_run(call)?;
        for _ in 1..times {
            last = self.dry_run(call)?;
        }
        Ok((last, start.elapsed()))
    }

    /// Runs and commits calls as blocks of so many, numbered from `first` on. Gives the blocks and the time of all.
    pub fn blocks(&self, first: u64, size: usize, calls: &[Call]) -> Result<(Vec<Block>, Duration), LabError> {
        let mut blocks = Vec::with_capacity(calls.len() / size.max(1) + 1);
        let start = Instant::now();
        for (number, calls) in (first..).zip(calls.chunks(size.max(1))) {
            blocks.push(self.vm.execute_block(number, number, calls).map_err(vm_error("executing a block"))?);
        }
        Ok((blocks, start.elapsed()))
    }

    /// As `commits`, with a stopwatch. Gives also how long each part took of all.
    pub fn commits_timed(&self, calls: &[Call]) -> Result<(Vec<Receipt>, (Duration, Parts)), LabError> {
        let mut receipts = Vec::with_capacity(calls.len());
        let mut parts = Parts::default();
        let start = Instant::now();
        for call in calls {
            let (receipt, trace) =
                self.vm.run(call).trace(Detail::Times).commit().map_err(vm_error("calling a contract"))?;
            let split = trace.split.unwrap_or_default();
            parts.iter_mut().zip(Phase::ALL).for_each(|(part, phase)| *part += split.of(phase));
            receipts.push(receipt);
        }
        Ok((receipts, (start.elapsed(), parts)))
    }

    /// Runs and commits calls one after another. Gives all receipts and the time of all.
    pub fn commits(&self, calls: &[Call]) -> Result<(Vec<Receipt>, Duration), LabError> {
        let mut receipts = Vec::with_capacity(calls.len());
        let start = Instant::now();
        for call in calls {
            receipts.push(self.call(call)?);
        }
        Ok((receipts, start.elapsed()))
    }
}

fn vm_error(attempted: &str) -> impl Fn(crate::vm::Error) -> LabError {
    move |source| LabError::Vm { attempted: attempted.to_owned(), source }
}

/// A call of an export with enough gas.
pub fn call(address: Address, function: &str, args: impl Into<Vec<Value>>, pager: PagerKind) -> Call {
    Call::new(address, function).args(args).gas(GAS).pager(pager)
}

/// The one i64 that a call gave; that it did not return is an error.
pub fn returned(what: &str, receipt: &Receipt) -> Result<i64, LabError> {
    match (&receipt.status, receipt.results.as_slice()) {
        (Status::Returned, &[Value::I64(result)]) => Ok(result),
        (Status::Returned, results) => {
            Err(LabError::NotReturned { what: what.to_owned(), how: format!("it gave {results:?}, not one i64") })
        }
        _ => Err(not_returned(what, receipt)),
    }
}

/// What is said of a call that reverted or halted.
pub fn not_returned(what: &str, receipt: &Receipt) -> LabError {
    let mut how = match &receipt.status {
        Status::Returned => "it returned".to_owned(),
        Status::Reverted => format!("it reverted, with output {}", const_hex::encode_prefixed(&receipt.output)),
        Status::Halted(halt) => format!("it halted ({}): {}", halt.kind.name(), halt.message),
    };
    if let Some(last) = receipt.logs.last() {
        how += &format!("; the last that it logged is {last:?}");
    }
    LabError::NotReturned { what: what.to_owned(), how }
}
