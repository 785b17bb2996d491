//! One transaction from its checks to its receipt.

use super::call::Call;
use super::error::Error;
use super::ledger::Ledger;
use super::machine::{Ended, Machine, Parts};
use super::pool::Kept;
use super::receipt::{Receipt, Status, Value};
use super::receipt_record;
use super::settle::{Effects, page_writes, settle};
use super::trace::Trace;
use super::transaction::Transaction;
use super::vm::{Vm, contract_account};
use crate::contract::{Signature, ValueType};
use crate::limits::MAX_DATA_BYTES;
use crate::paging::{ContractPages, Pager, Region, SharedSnapshot};
use crate::store::{Account, Batch, Code, ContractChange, Snapshot};
use crate::units::{Address, CommitNumber, PageCount, Version};

/// What is to become of a call that returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    Commit,
    DryRun,
    /// As in a dry run, and the trace says which pages were touched.
    #[cfg(any(test, feature = "fuzzing"))]
    Inspect,
}

impl Vm {
    pub(super) fn execute(&self, call: &Call, intent: Intent) -> Result<(Receipt, Trace), Error> {
        let snapshot = self.store.snapshot()?;
        let (account, code) = contract_account(&*snapshot, &call.contract)?;
        check_sender(&*snapshot, call)?;
        let mut ledger = Ledger::default();
        ledger.transfer(&*snapshot, call.sender, call.contract, call.value)?;
        let pager = call.pager.pager().map_err(|reason| Error::PagerUnavailable { pager: call.pager, reason })?;
        let compiled = self.compiled(&*snapshot, &call.contract, &code.hash, pager.checks())?;
        check_arguments(call, &compiled.metadata.exports)?;
        let Kept { region, machine, .. } = self.region(&*snapshot, call, pager, &account, &code)?;
        let storage_module = self.storage_module(code.max_pages)?;
        let parts = Parts { linker: &self.linker, storage_module: &storage_module, compiled: &compiled, pager };
        let mut machine = match machine.filter(|machine| machine.runs(&compiled)) {
            Some(machine) => machine,
            None => Machine::new(&parts, &region)?,
        };
        let mut transaction = Box::new(Transaction::new(snapshot, pager, call, account, region, ledger));
        #[cfg(any(test, feature = "fuzzing"))]
        if intent == Intent::Inspect {
            transaction.touched = Some(Box::default());
        }
        transaction.enter(self.pool.budget())?;
        let (transaction, ended) = machine.run(transaction, call);
        let ended = ended?;
        let machine = machine.restore().then_some(machine);
        self.finish(call, intent, transaction, machine, ended)
    }

    /// Settles, commits or undoes, and keeps the region for the next transaction.
    fn finish(
        &self,
        call: &Call,
        intent: Intent,
        mut transaction: Box<Transaction>,
        machine: Option<Machine>,
        ended: Ended,
    ) -> Result<(Receipt, Trace), Error> {
        let (effects, mut receipt) = settle(&mut transaction, ended, call.gas)?;
        let (pager, touched) = (transaction.pager, transaction.touched.take());
        let memory = |error| Error::paging(call.contract, error);
        let (region, version) = if receipt.status == Status::Returned && intent == Intent::Commit {
            let (mut region, account) = self.commit(call, *transaction, effects, &mut receipt)?;
            if pager.keep(&mut region, account.state).is_err() {
                // It is committed; a region that the host will not clean is not kept.
                return Ok((receipt, Trace::of(call, &region, touched)));
            }
            (region, account.version)
        } else {
            let (region, source) = transaction.split();
            pager.undo(region, &source).map_err(memory)?;
            (transaction.region, transaction.account.version)
        };
        let trace = Trace::of(call, &region, touched);
        self.pool.put(call.contract, call.pager, Kept { region, version, machine });
        Ok((receipt, trace))
    }

    /// Writes everything in one step. Returns the region, not yet settled, and the contract's new account.
    fn commit(
        &self,
        call: &Call,
        transaction: Transaction,
        effects: Effects,
        receipt: &mut Receipt,
    ) -> Result<(Region, Account), Error> {
        let Transaction { snapshot, region, mut ledger, account, .. } = transaction;
        let commit = CommitNumber(snapshot.head()?.0 + 1);
        receipt.commit = Some(commit);
        ledger.change(&*snapshot, call.sender)?.nonce += 1;
        let changed = !effects.pages.is_empty();
        let mut after = account.clone();
        if changed {
            let contract = ledger.change(&*snapshot, call.contract)?;
            contract.state = effects.state;
            contract.version = Version(contract.version.0 + 1);
            after = contract.clone();
        }
        // A store in memory would copy what the snapshot still holds.
        drop(snapshot);
        let change = ContractChange {
            address: call.contract,
            before: account.state,
            after: effects.state,
            pages: page_writes(&region, effects.pages),
            tree: effects.tree,
        };
        self.store.commit(&Batch {
            commit: Some(commit),
            accounts: ledger.into_changes(),
            code: None,
            contracts: if changed { vec![change] } else { Vec::new() },
            receipt: Some(receipt_record::encode(receipt)),
        })?;
        Ok((region, after))
    }

    /// A region that holds the account's state, with a machine over it if there is one.
    fn region(
        &self,
        snapshot: &dyn Snapshot,
        call: &Call,
        pager: &dyn Pager,
        account: &Account,
        code: &Code,
    ) -> Result<Kept, Error> {
        let memory = |source| Error::Memory { contract: call.contract, source };
        let kept = self.pool.take(call.contract, call.pager);
        let Some(mut kept) = kept.filter(|kept| kept.region.limit() == code.max_pages) else {
            let region = pager.region(code.max_pages, account.state, self.fault_window).map_err(memory)?;
            return Ok(Kept { region, version: account.version, machine: None });
        };
        if !kept.catch_up(snapshot, &call.contract, account)? {
            kept.region.reset(account.state).map_err(memory)?;
            kept.version = account.version;
        }
        Ok(kept)
    }
}

impl Transaction {
    fn new(
        snapshot: Box<dyn Snapshot>,
        pager: &'static dyn Pager,
        call: &Call,
        account: Account,
        region: Region,
        ledger: Ledger,
    ) -> Self {
        Self {
            snapshot: SharedSnapshot::new(snapshot),
            pager,
            contract: call.contract,
            account,
            region,
            ledger,
            origin: call.sender,
            block_number: call.block_number,
            timestamp: call.timestamp,
            logs: Vec::new(),
            log_bytes: 0,
            touched: None,
        }
    }

    fn enter(&mut self, budget: PageCount) -> Result<(), Error> {
        let (contract, pager) = (self.contract, self.pager);
        let (region, source): (_, ContractPages<'_>) = self.split();
        pager.enter(region, &source, budget).map_err(|error| Error::paging(contract, error))
    }
}

fn check_sender(snapshot: &dyn Snapshot, call: &Call) -> Result<(), Error> {
    if call.input.len() > MAX_DATA_BYTES {
        return Err(Error::InputLength { given: call.input.len(), limit: MAX_DATA_BYTES });
    }
    let Some(given) = call.nonce else { return Ok(()) };
    let recorded = snapshot.account(&call.sender)?.map_or(0, |account| account.nonce);
    if given == recorded { Ok(()) } else { Err(Error::Nonce { sender: call.sender, recorded, given }) }
}

fn check_arguments(call: &Call, exports: &std::collections::BTreeMap<String, Signature>) -> Result<(), Error> {
    let Some(signature) = exports.get(&call.function) else { return Err(no_export(call, exports)) };
    let of_type = |(value, ty): (&Value, &ValueType)| {
        matches!((value, ty), (Value::I32(_), ValueType::I32) | (Value::I64(_), ValueType::I64))
    };
    let fits =
        call.arguments.len() == signature.params.len() && call.arguments.iter().zip(&signature.params).all(of_type);
    if fits {
        return Ok(());
    }
    let given = call.arguments.iter().map(|value| match value {
        Value::I32(_) => ValueType::I32,
        Value::I64(_) => ValueType::I64,
    });
    Err(Error::Arguments {
        function: format!("the function {:?} of the contract at {}", call.function, call.contract),
        expected: list(signature.params.iter().copied()),
        given: list(given),
    })
}

fn list(types: impl Iterator<Item = ValueType>) -> String {
    let types: Vec<String> = types.map(|ty| ty.to_string()).collect();
    format!("({})", types.join(", "))
}

fn no_export(call: &Call, exports: &std::collections::BTreeMap<String, Signature>) -> Error {
    const SHOWN: usize = 20;
    let mut known: Vec<&str> = exports.keys().take(SHOWN).map(String::as_str).collect();
    if exports.len() > SHOWN {
        known.push("…");
    }
    let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
    let contract: Address = call.contract;
    Error::NoExport { contract, function: call.function.clone(), known }
}
