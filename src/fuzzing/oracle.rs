//! What must hold of every scenario.

use std::sync::Arc;

use super::model::{self, Outcome};
use super::script::{LIMIT, Scenario, Transaction, encode};
use crate::exec::{Call, Deployment, Error, HaltKind, PagesTouched, Receipt, Status, Trace, Value, Vm};
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
}

/// A virtual machine over a store in memory, in which each scenario gets a contract of its own.
#[derive(Debug)]
pub struct Oracle {
    store: Arc<MemoryStore>,
    vm: Vm,
    scenarios: u64,
}

impl Oracle {
    /// An oracle that has seen nothing. It compiles the interpreter when the first scenario comes.
    pub fn new() -> Result<Self, Error> {
        let store = MemoryStore::new();
        Ok(Self { vm: Vm::builder(store.clone()).module_cache_dir(None).build()?, store, scenarios: 0 })
    }

    /// Runs a scenario under every pager in step, with kept frames, and compares each with the model: results, status,
    /// gas, state roots and every byte of storage.
    pub fn pagers_agree(&mut self, scenario: &Scenario) -> Result<Reached, Disagreement> {
        let failed = |transaction| move |what| Disagreement { transaction, what };
        let deployment = Deployment { max_pages: Some(LIMIT), nonce: self.scenarios, ..Deployment::default() };
        let deployed = self.vm.deploy(include_bytes!("interpreter.wat"), &deployment);
        let contract = deployed.map_err(|error| failed(0)(error.to_string()))?.address;
        self.scenarios += 1;
        let storage = vec![0; LIMIT.bytes() as usize];
        let mut run = Run { vm: &self.vm, contract, storage, reached: Reached::default() };
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
    contract: Address,
    storage: Vec<u8>,
    reached: Reached,
}

impl Run<'_> {
    fn transaction(&mut self, transaction: &Transaction) -> Result<(), String> {
        let mut after = self.storage.clone();
        let expected = model::run(&transaction.steps, &mut after);
        let gas = if transaction.short_of_gas { Gas(3_000) } else { Gas(1 << 40) };
        let call = Call::new(self.contract, "run").input(encode(&transaction.steps)).gas(gas);
        let error = |error: Error| error.to_string();
        let mut first: Option<(PagerKind, Receipt)> = None;
        let mut pages = Pages::new(&self.storage, &after);
        for pager in PagerKind::available() {
            let (receipt, trace) = self.vm.inspect(&call.clone().pager(pager)).map_err(error)?;
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
        if receipt.status == Status::Returned {
            pages.changed_are_written()?;
        }
        if transaction.commit {
            let dry = receipt;
            let pager = if transaction.pager.availability().is_ok() { transaction.pager } else { PagerKind::Soft };
            receipt = comparable(self.vm.call(&call.clone().pager(pager)).map_err(error)?);
            let as_dry = Receipt { commit: None, ..receipt.clone() };
            if as_dry != dry {
                return Err(format!("the call differs from the dry run:\n{receipt:#?}\n{dry:#?}"));
            }
        }
        self.compare(&receipt, expected, after, transaction.commit)
    }

    fn compare(&mut self, receipt: &Receipt, expected: Outcome, after: Vec<u8>, commit: bool) -> Result<(), String> {
        let out_of_gas = matches!(&receipt.status, Status::Halted(halt) if halt.kind == HaltKind::OutOfGas);
        if out_of_gas {
            self.reached.out_of_gas += 1;
        } else if outcome(receipt) != expected {
            return Err(format!("the model says {expected:?}, but it is\n{receipt:#?}"));
        }
        match receipt.status {
            Status::Returned => {
                self.reached.returned += 1;
                if commit {
                    self.reached.pages_changed += u64::from(receipt.contracts[0].pages_changed);
                    self.storage = after;
                }
            }
            _ if after != self.storage => self.reached.undone += 1,
            _ => {}
        }
        let stored = self.vm.read(&self.contract, ByteOffset(0), LIMIT.bytes()).map_err(|error| error.to_string())?;
        match stored.iter().zip(&self.storage).position(|(stored, model)| stored != model) {
            Some(at) => Err(format!("byte {at} is {}, the model has {}", stored[at], self.storage[at])),
            None => Ok(()),
        }
    }
}

/// Which pages a call read and wrote, as far as any pager has said so, and which it changed as the model says.
#[derive(Debug, Default)]
struct Pages {
    read: Option<Vec<PageIndex>>,
    written: Option<Vec<PageIndex>>,
    changed: Vec<PageIndex>,
}

impl Pages {
    fn new(before: &[u8], after: &[u8]) -> Self {
        let pages = before.chunks(PAGE_SIZE).zip(after.chunks(PAGE_SIZE)).zip(0..);
        let changed = pages.filter(|((before, after), _)| before != after).map(|(_, page)| PageIndex(page)).collect();
        Self { changed, ..Self::default() }
    }

    /// What a pager knows must be what those before it knew, and what it does not, it must not lose.
    fn agree(&mut self, receipt: &Receipt, trace: Trace) -> Result<(), String> {
        let PagesTouched { read, written, compared } =
            trace.frames.into_iter().find_map(|frames| frames.touched).map(|touched| *touched).unwrap_or_default();
        let contract = &receipt.contracts[0];
        let said = [
            ("read", read, &mut self.read, contract.pages_read),
            ("written", written, &mut self.written, contract.pages_written),
        ];
        for (done, said, known, count) in said {
            if said.as_ref().map(|pages| pages.len() as u32) != count {
                return Err(format!("the receipt says {count:?} pages {done}, they are {said:?}"));
            }
            match (&*known, said) {
                (Some(known), Some(said)) if *known != said => {
                    return Err(format!("{said:?} were {done}, another pager says {known:?}"));
                }
                (None, said) => *known = said,
                _ => {}
            }
        }
        if receipt.status != Status::Returned {
            return Ok(());
        }
        let compared = compared.ok_or("nothing was compared")?;
        match self.changed.iter().find(|page| !compared.contains(page)) {
            Some(page) => Err(format!("page {page} has changed, but only {compared:?} were compared")),
            None => Ok(()),
        }
    }

    /// In a call that returned, what was changed was written.
    fn changed_are_written(&self) -> Result<(), String> {
        let Some(written) = &self.written else { return Ok(()) };
        match self.changed.iter().find(|page| !written.contains(page)) {
            Some(page) => Err(format!("page {page} has changed, but only {written:?} were written")),
            None => Ok(()),
        }
    }
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
