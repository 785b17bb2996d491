//! What must hold of every scenario.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::model::{self, Outcome, World};
use super::script::{LIMIT, Scenario, Transaction, encode};
use crate::exec::{Call, CallTrace, Deployment, Error, HaltKind, Receipt, Status, Trace, Value, Vm};
use crate::paging::PagerKind;
use crate::store::{CheckReport, MemoryStore, PageStore, StoreError};
use crate::units::{Address, ByteOffset, Gas, PAGE_SIZE, PageIndex};

/// How the virtual machine differs from the model, or one pager from another.
#[derive(Debug, thiserror::Error)]
#[error("transaction {transaction}: {what}")]
pub struct Disagreement {
    /// Which transaction, from 0.
    pub transaction: usize,
    /// What differs.
    pub what: String,
}

/// What a scenario came to: a run that reaches little tests little.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reached {
    /// Transactions that returned.
    pub returned: u64,
    /// Transactions that reverted or halted after a write.
    pub undone: u64,
    /// Transactions that ran out of gas.
    pub out_of_gas: u64,
    /// Pages that commits changed.
    pub pages_changed: u64,
    /// Calls inside calls.
    pub nested: u64,
    /// Calls inside calls of a contract that was running already.
    pub reentered: u64,
    /// Calls inside calls that failed.
    pub nested_failed: u64,
    /// Calls inside calls that might only read.
    pub read_only: u64,
}

impl Reached {
    fn count(&mut self, calls: &[CallTrace]) {
        let mut running: Vec<Address> = Vec::new();
        for call in calls {
            running.truncate(call.depth as usize);
            if call.depth > 0 {
                self.nested += 1;
                self.reentered += u64::from(running.contains(&call.contract));
                self.nested_failed += u64::from(call.status != Status::Returned);
                self.read_only += u64::from(call.read_only);
            }
            running.push(call.contract);
        }
    }
}

/// A virtual machine over a store in memory, in which each scenario gets two contracts of its own.
#[derive(Debug)]
pub struct Oracle {
    store: Arc<MemoryStore>,
    vm: Vm,
    contracts: u64,
}

impl Oracle {
    /// An oracle that has seen nothing. It compiles the interpreter when the first scenario comes.
    pub fn new() -> Result<Self, Error> {
        let store = MemoryStore::new();
        Ok(Self { vm: Vm::builder(store.clone()).module_cache_dir(None).build()?, store, contracts: 0 })
    }

    /// Runs a scenario under every pager in step, with kept frames, and compares each with the model: results, status,
    /// gas, state roots and every byte of storage.
    pub fn pagers_agree(&mut self, scenario: &Scenario) -> Result<Reached, Disagreement> {
        let failed = |transaction| move |what| Disagreement { transaction, what };
        let mut deploy = || {
            let deployment = Deployment { max_pages: Some(LIMIT), nonce: self.contracts, ..Deployment::default() };
            self.contracts += 1;
            let deployed = self.vm.deploy(include_bytes!("interpreter.wat"), &deployment);
            deployed.map(|deployed| deployed.address).map_err(|error| failed(0)(error.to_string()))
        };
        let contracts = [deploy()?, deploy()?];
        let world = [vec![0; LIMIT.bytes() as usize], vec![0; LIMIT.bytes() as usize]];
        let mut run = Run { vm: &self.vm, contracts, world, reached: Reached::default() };
        for (number, transaction) in scenario.transactions.iter().enumerate() {
            run.transaction(transaction).map_err(failed(number))?;
        }
        Ok(run.reached)
    }

    /// Recomputes the whole store from the pages that all scenarios have left.
    pub fn check(&self) -> Result<CheckReport, StoreError> {
        self.store.check()
    }
}

struct Run<'a> {
    vm: &'a Vm,
    contracts: [Address; 2],
    world: World,
    reached: Reached,
}

impl Run<'_> {
    fn transaction(&mut self, transaction: &Transaction) -> Result<(), String> {
        let mut after = self.world.clone();
        let expected = model::run(&self.contracts, &transaction.steps, &mut after);
        let gas = if transaction.short_of_gas { Gas(8_000) } else { Gas(1 << 40) };
        let input = encode(&self.contracts, &transaction.steps);
        let call = Call::new(self.contracts[0], "run").input(input).gas(gas);
        let error = |error: Error| error.to_string();
        let mut first: Option<(PagerKind, Receipt)> = None;
        let mut pages = Pages::default();
        let mut calls = Vec::new();
        for pager in PagerKind::available() {
            let (receipt, trace) = self.vm.dry_run_traced(&call.clone().pager(pager)).map_err(error)?;
            calls.clone_from(&trace.calls);
            pages.agree(&receipt, trace).map_err(|what| format!("{pager}: {what}"))?;
            let receipt = comparable(receipt);
            match &first {
                Some((other, first)) if *first != receipt => {
                    return Err(format!("{other} and {pager} differ:\n{first:#?}\n{receipt:#?}"));
                }
                Some(_) => {}
                None => first = Some((pager, receipt)),
            }
        }
        let mut receipt = first.map(|(_, receipt)| receipt).ok_or("there is no pager")?;
        let starved = is_out_of_gas(&receipt.status) || calls.iter().any(|call| is_out_of_gas(&call.status));
        if transaction.commit {
            let dry = receipt;
            let pager = if transaction.pager.availability().is_ok() { transaction.pager } else { PagerKind::Soft };
            receipt = comparable(self.vm.call(&call.clone().pager(pager)).map_err(error)?);
            let as_dry = Receipt { commit: None, ..receipt.clone() };
            if as_dry != dry {
                return Err(format!("the call differs from the dry run:\n{receipt:#?}\n{dry:#?}"));
            }
        }
        self.reached.count(&calls);
        let committed = transaction.commit && receipt.status == Status::Returned;
        if starved {
            self.reached.out_of_gas += 1;
            if committed {
                // A caller goes on when what it calls runs out of gas; the model counts none.
                self.world = self.stored()?;
                return Ok(());
            }
        } else if outcome(&receipt) != expected {
            return Err(format!("the model says {expected:?}, but it is\n{receipt:#?}"));
        }
        if receipt.status == Status::Returned && !starved {
            pages.have(&self.contracts, &changed(&self.world, &after))?;
        }
        self.compare(&receipt, after, committed)
    }

    fn compare(&mut self, receipt: &Receipt, after: World, committed: bool) -> Result<(), String> {
        match receipt.status {
            Status::Returned => self.reached.returned += 1,
            _ if after != self.world => self.reached.undone += 1,
            _ => {}
        }
        if committed {
            self.reached.pages_changed += receipt.contracts.iter().map(|of| u64::from(of.pages_changed)).sum::<u64>();
            self.world = after;
        }
        let stored = self.stored()?;
        for (contract, (stored, model)) in stored.iter().zip(&self.world).enumerate() {
            if let Some(at) = stored.iter().zip(model).position(|(stored, model)| stored != model) {
                return Err(format!("byte {at} of contract {contract} is {}, the model has {}", stored[at], model[at]));
            }
        }
        Ok(())
    }

    fn stored(&self) -> Result<World, String> {
        let read = |contract| self.vm.read(&contract, ByteOffset(0), LIMIT.bytes()).map_err(|error| error.to_string());
        Ok([read(self.contracts[0])?, read(self.contracts[1])?])
    }
}

/// The pages of both contracts that differ.
fn changed(before: &World, after: &World) -> [Vec<PageIndex>; 2] {
    [0, 1].map(|contract: usize| {
        let pages = before[contract].chunks(PAGE_SIZE).zip(after[contract].chunks(PAGE_SIZE)).zip(0..);
        pages.filter(|((before, after), _)| before != after).map(|(_, page)| PageIndex(page)).collect()
    })
}

fn is_out_of_gas(status: &Status) -> bool {
    matches!(status, Status::Halted(halt) if halt.kind == HaltKind::OutOfGas)
}

/// Pages that one call touched.
type Touched = (Address, Option<Vec<PageIndex>>);

/// Which pages each call read and wrote, as far as any pager has said so, and which were compared at the end.
#[derive(Debug, Default)]
struct Pages {
    read: Option<Vec<Touched>>,
    written: Option<Vec<Touched>>,
    /// For each pager, the pages of each contract.
    compared: Vec<Vec<Touched>>,
}

impl Pages {
    /// What a pager knows must be what those before it knew.
    fn agree(&mut self, receipt: &Receipt, trace: Trace) -> Result<(), String> {
        let of = |pages: fn(&CallTrace) -> &Option<Vec<PageIndex>>| -> Vec<Touched> {
            trace.calls.iter().map(|call| (call.contract, pages(call).clone().map(sorted))).collect()
        };
        let (read, written) = (of(|call| &call.pages_read), of(|call| &call.pages_written));
        for contract in &receipt.contracts {
            for (done, said, count) in
                [("read", &read, contract.pages_read), ("written", &written, contract.pages_written)]
            {
                let pages = said.iter().filter(|(address, _)| *address == contract.address);
                let all: Option<Vec<_>> = pages.map(|(_, pages)| pages.clone()).collect();
                let all = all.map(|pages| pages.concat().into_iter().collect::<BTreeSet<_>>());
                // A contract whose calls were all refused was touched by none.
                if count.is_some_and(|count| all.as_ref().map(BTreeSet::len) != Some(count as usize)) {
                    return Err(format!("the receipt says {count:?} pages {done}, they are {all:?}"));
                }
            }
        }
        for (done, said, known) in [("read", read, &mut self.read), ("written", written, &mut self.written)] {
            if said.iter().any(|(_, pages)| pages.is_none()) {
                continue;
            }
            match known {
                Some(known) if *known != said => {
                    return Err(format!("{said:?} were {done}, another pager says {known:?}"));
                }
                Some(_) => {}
                None => *known = Some(said),
            }
        }
        self.compared.push(trace.frames.into_iter().map(|frames| (frames.contract, frames.pages_compared)).collect());
        Ok(())
    }

    /// Whatever has changed must have been compared by every pager, and written by some call.
    fn have(&self, contracts: &[Address; 2], changed: &[Vec<PageIndex>; 2]) -> Result<(), String> {
        for (contract, changed) in contracts.iter().zip(changed) {
            for pages in self.compared.iter().chain(&self.written) {
                let mut here =
                    pages.iter().filter(|(address, _)| address == contract).filter_map(|(_, pages)| pages.as_ref());
                let all: BTreeSet<_> = here.by_ref().flatten().collect();
                if let Some(page) = changed.iter().find(|page| !all.contains(page)) {
                    return Err(format!("page {page} of {contract} has changed, but only {all:?} were noticed"));
                }
            }
        }
        Ok(())
    }
}

fn sorted(mut pages: Vec<PageIndex>) -> Vec<PageIndex> {
    pages.sort_unstable();
    pages
}

/// A receipt without the two fields in which pagers may differ.
fn comparable(mut receipt: Receipt) -> Receipt {
    for contract in &mut receipt.contracts {
        (contract.pages_read, contract.pages_written) = (None, None);
    }
    receipt
}

fn outcome(receipt: &Receipt) -> Outcome {
    match (&receipt.status, &receipt.results[..]) {
        (Status::Returned, [Value::I64(value)]) => Outcome::Returned(*value),
        (Status::Halted(halt), _) => Outcome::Halted(halt.kind),
        _ => Outcome::Reverted,
    }
}
