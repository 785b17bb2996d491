//! A VM on a store of its own, in which contracts are measured.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::lab::LabError;
use crate::lab::measure::{Reading, count_events};
use crate::paging::PagerKind;
use crate::receipt::{Block, Call, Detail, Phase, Receipt, Status, Trace, Value};
use crate::store::{Durability, LmdbStore, MemoryStore, OpenOptions, PageStore, StoreError};
use crate::units::{Address, Gas, PageCount};
use crate::vm::{Deployment, Vm, VmBuilder};

/// The gas limit of every call, which no call reaches.
const GAS: Gas = Gas(1 << 40);

/// The times of the phases of transactions, in the order of [`Phase::ALL`].
pub type PhaseTimes = [Duration; Phase::ALL.len()];

/// Whether a call is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The call is a dry run.
    DryRun,
    /// The call is committed if it returns.
    Commit,
}

/// A VM on a store of its own. No frame or record of another contract influences a measurement in it.
#[derive(Debug)]
pub struct Testbed {
    vm: Vm,
}

impl Testbed {
    /// A testbed on a store in memory.
    pub fn in_memory() -> Result<Self, LabError> {
        Self::in_memory_with(|builder| builder)
    }

    /// A testbed on a store in memory, with custom settings.
    pub fn in_memory_with(set: impl FnOnce(VmBuilder) -> VmBuilder) -> Result<Self, LabError> {
        Self::build(set(Self::builder(MemoryStore::new())))
    }

    /// A testbed on LMDB in a directory. Commits do not wait for the disk.
    pub fn on_disk(directory: &Path) -> Result<Self, LabError> {
        Self::on_disk_with(directory, |builder| builder)
    }

    /// A testbed on LMDB as in [`Testbed::on_disk`], with custom settings.
    pub fn on_disk_with(directory: &Path, set: impl FnOnce(VmBuilder) -> VmBuilder) -> Result<Self, LabError> {
        Self::on_lmdb(directory, Durability::Async, LmdbStore::open, set)
    }

    /// A testbed on LMDB in a directory. Each commit waits for the disk.
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
        Self::build(set(Self::builder(store)))
    }

    /// The default settings. Compiled code is not cached on disk, so that a measurement leaves nothing behind.
    fn builder(store: Arc<dyn PageStore>) -> VmBuilder {
        Vm::builder(store).module_cache_dir(None)
    }

    fn build(builder: VmBuilder) -> Result<Self, LabError> {
        let vm = builder.build().map_err(vm_error("creating the VM under test"))?;
        Ok(Self { vm })
    }

    /// Deploys a contract in text form with the default page limit.
    pub fn deploy(&self, source: &str) -> Result<Address, LabError> {
        self.deploy_named("a contract", source.as_bytes())
    }

    /// Deploys a contract in text form with a page limit.
    pub fn deploy_with(&self, source: &str, max_pages: Option<PageCount>) -> Result<Address, LabError> {
        self.deploy_as("a contract", source.as_bytes(), &Deployment { max_pages, ..Deployment::default() })
    }

    /// Deploys a contract in text or binary form. Errors refer to it by `name`.
    pub fn deploy_named(&self, name: &str, code: &[u8]) -> Result<Address, LabError> {
        self.deploy_as(name, code, &Deployment::default())
    }

    fn deploy_as(&self, name: &str, code: &[u8], deployment: &Deployment) -> Result<Address, LabError> {
        let deployed = self.vm.deploy(code, deployment).map_err(vm_error(&format!("deploying {name}")))?;
        Ok(deployed.address)
    }

    /// The VM.
    pub(in crate::lab) fn vm(&self) -> &Vm {
        &self.vm
    }

    /// Runs a call and commits it.
    pub fn call(&self, call: &Call) -> Result<Receipt, LabError> {
        self.vm.run(call).commit().map_err(vm_error("calling a contract"))
    }

    /// Runs a call with a trace that has its counts.
    pub fn counted(&self, mode: Mode, call: &Call) -> Result<(Receipt, Trace), LabError> {
        match mode {
            Mode::DryRun => {
                self.vm.run(call).trace(Detail::Counts).dry().map_err(vm_error("calling a contract without commit"))
            }
            Mode::Commit => self.vm.run(call).trace(Detail::Counts).commit().map_err(vm_error("calling a contract")),
        }
    }

    /// Runs a call as a dry run.
    pub fn dry_run(&self, call: &Call) -> Result<Receipt, LabError> {
        self.vm.run(call).dry().map_err(vm_error("calling a contract without commit"))
    }

    /// The event counts of a dry run of `call`, minus those of `baseline` if there is one.
    pub fn events(&self, call: &Call, baseline: Option<&Call>) -> Result<BTreeMap<String, u64>, LabError> {
        count_events(|counters| {
            let mut count = |call: &Call| -> Result<Reading, LabError> {
                let mut receipt = None;
                let counted = counters.count(|| receipt = Some(self.dry_run(call)));
                receipt.transpose()?;
                Ok(counted)
            };
            let counted = count(call)?;
            Ok(match baseline {
                Some(baseline) => counted.minus(&count(baseline)?),
                None => counted,
            })
        })
    }

    /// Runs a call as a dry run, `times` times but at least once. Returns the last receipt and the total time.
    pub fn dry_runs(&self, call: &Call, times: u64) -> Result<(Receipt, Duration), LabError> {
        let start = Instant::now();
        let mut last = self.dry_run(call)?;
        for _ in 1..times {
            last = self.dry_run(call)?;
        }
        Ok((last, start.elapsed()))
    }

    /// Runs and commits calls in blocks of `size` calls. The first block has the number `first`. Returns the blocks and the
    /// total time.
    pub fn blocks(&self, first: u64, size: usize, calls: &[Call]) -> Result<(Vec<Block>, Duration), LabError> {
        let mut blocks = Vec::with_capacity(calls.len() / size.max(1) + 1);
        let start = Instant::now();
        for (number, calls) in (first..).zip(calls.chunks(size.max(1))) {
            blocks.push(self.vm.execute_block(number, number, calls).map_err(vm_error("executing a block"))?);
        }
        Ok((blocks, start.elapsed()))
    }

    /// Runs and commits calls as [`Testbed::commits`] does, with a stopwatch. Also returns the total time of each phase.
    pub fn commits_timed(&self, calls: &[Call]) -> Result<(Vec<Receipt>, (Duration, PhaseTimes)), LabError> {
        let mut receipts = Vec::with_capacity(calls.len());
        let mut phases = PhaseTimes::default();
        let start = Instant::now();
        for call in calls {
            let (receipt, trace) =
                self.vm.run(call).trace(Detail::Times).commit().map_err(vm_error("calling a contract"))?;
            let split = trace.split.unwrap_or_default();
            phases.iter_mut().zip(Phase::ALL).for_each(|(time, phase)| *time += split.of(phase));
            receipts.push(receipt);
        }
        Ok((receipts, (start.elapsed(), phases)))
    }

    /// Runs and commits calls, one after another. Returns all receipts and the total time.
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

/// A call of an export, with enough gas for any workload.
pub fn call(address: Address, function: &str, args: impl Into<Vec<Value>>, pager: PagerKind) -> Call {
    Call::new(address, function).args(args).gas(GAS).pager(pager)
}

/// The single i64 that a call returned.
///
/// # Errors
/// A call that did not return, or returned other results.
pub fn i64_result(what: &str, receipt: &Receipt) -> Result<i64, LabError> {
    match (&receipt.status, receipt.results.as_slice()) {
        (Status::Returned, &[Value::I64(result)]) => Ok(result),
        (Status::Returned, results) => {
            let how = format!("its results are {results:?}, but should be one i64");
            Err(LabError::NotReturned { what: what.to_owned(), how })
        }
        _ => Err(not_returned(what, receipt)),
    }
}

/// The error of a call that reverted or halted.
pub fn not_returned(what: &str, receipt: &Receipt) -> LabError {
    let mut how = match &receipt.status {
        Status::Returned => "it returned".to_owned(),
        Status::Reverted => format!("it reverted, with output {}", const_hex::encode_prefixed(&receipt.output)),
        Status::Halted(halt) => format!("it halted ({}): {}", halt.kind.name(), halt.message),
    };
    if let Some(last) = receipt.logs.last() {
        how += &format!("; its last log text is {last:?}");
    }
    LabError::NotReturned { what: what.to_owned(), how }
}
