//! One scenario, transaction by transaction.

use super::pages::Pages;
use super::reached::{Reached, is_out_of_gas};
use crate::fuzzing::model::{self, Outcome, OwnMemory, TracedCall, World};
use crate::fuzzing::script::{ACCOUNTS, CONTRACTS, SENDER, Transaction, encode};
use crate::paging::PagerKind;
use crate::receipt::{Call, CallTrace, Detail, Receipt, Status, Value};
use crate::store::hash::ZERO_PAGE;
use crate::units::{Address, Gas, PageIndex};
use crate::vm::Vm;

/// The parts of the oracle that a run uses.
pub(super) struct Parts<'a> {
    pub(super) vm: &'a Vm,
    /// Own memories that the model reuses.
    pub(super) idle: &'a mut Vec<OwnMemory>,
    pub(super) accounts: &'a [Address; ACCOUNTS],
    pub(super) pagers: &'a [PagerKind],
}

pub(super) struct Run<'a> {
    parts: Parts<'a>,
    world: World,
    /// The sum of all balances, which no transaction changes.
    total: u128,
    reached: Reached,
}

/// The result of a transaction on which all pagers agree.
struct CommonResult {
    receipt: Receipt,
    calls: Vec<CallTrace>,
    pages: Pages,
}

impl<'a> Run<'a> {
    pub(super) fn new(parts: Parts<'a>, world: World) -> Self {
        let total = world.balances.iter().map(|balance| u128::from(*balance)).sum();
        Self { parts, world, total, reached: Reached::default() }
    }

    pub(super) fn finish(self) -> (Reached, World) {
        (self.reached.scenario(), self.world)
    }

    /// Runs a transaction and compares it with the model. Returns `None` if it cannot start.
    pub(super) fn transaction(&mut self, transaction: &Transaction) -> Result<Option<Receipt>, String> {
        let gas = if transaction.short_of_gas { Gas(8_000) } else { Gas(1 << 62) };
        let accounts = self.parts.accounts;
        let call = Call::new(accounts[0], "run")
            .input(encode(accounts, &transaction.steps))
            .gas(gas)
            .sender(accounts[SENDER])
            .value(transaction.value.into());
        let mut after = self.world.clone();
        let Some(CommonResult { receipt, calls, pages }) = self.run(&call, transaction)? else {
            return match model::run(accounts, transaction, &[], &mut after, self.parts.idle) {
                None => self.compare().map(|()| None),
                Some((outcome, _)) => {
                    Err(format!("the transaction cannot start, but in the model it ends as {outcome:?}"))
                }
            };
        };
        let traced = traced_calls(&calls)?;
        let expected = model::run(accounts, transaction, &traced, &mut after, self.parts.idle);
        let (expected, counts) = expected
            .ok_or_else(|| format!("in the model the transaction cannot start, but its receipt is\n{receipt:#?}"))?;
        if counts.too_much_gas > 0 {
            return Err(format!("{} calls got more gas than their callers offered", counts.too_much_gas));
        }
        if counts.impossible_gas > 0 {
            let count = counts.impossible_gas;
            return Err(format!(
                "{count} calls that halted should have used all their gas, or none if they did not start: {calls:#?}"
            ));
        }
        // A transaction whose script has returned may still run out of gas for its changed pages.
        let paid = !is_out_of_gas(&receipt.status);
        if paid && outcome(&receipt) != expected {
            return Err(format!("in the model the outcome is {expected:?}, but the receipt is\n{receipt:#?}"));
        }
        self.reached.reentered_after_writing += counts.reentered_after_writing;
        self.reached.nested_failed_after_writing += counts.failed_after_writing;
        self.reached.never_begun += counts.not_started;
        self.reached.transaction(&calls, &receipt, &transaction.steps, [&self.world, &after]);
        let returned = receipt.status == Status::Returned;
        if returned {
            if receipt.events != after.events {
                return Err(format!("the events are {:?}, but {:?} in the model", receipt.events, after.events));
            }
            pages.cover_changes(accounts, &self.world, &after)?;
        } else if !receipt.events.is_empty() {
            return Err(format!("a failed transaction has events: {:?}", receipt.events));
        }
        if returned && transaction.commit {
            self.world = after;
            self.world.events.clear();
        }
        self.compare()?;
        Ok(Some(receipt))
    }

    /// Runs a call under every pager: dry under all but the last, which may commit. Returns `None` if it cannot start.
    fn run(&self, call: &Call, transaction: &Transaction) -> Result<Option<CommonResult>, String> {
        let mut pages = Pages::default();
        let mut agreed: Option<(PagerKind, Receipt)> = None;
        let mut calls: Vec<CallTrace> = Vec::new();
        let last = Some(transaction.pager).filter(|pager| self.parts.pagers.contains(pager));
        let last = last.or(self.parts.pagers.first().copied()).ok_or("there is no pager")?;
        let others = self.parts.pagers.iter().copied().filter(|pager| *pager != last);
        for pager in others.chain([last]) {
            let call = call.clone().pager(pager);
            let commits = pager == last && transaction.commit;
            let result = if commits {
                self.parts.vm.run(&call).trace(Detail::Calls).commit()
            } else {
                self.parts.vm.run(&call).trace(Detail::Calls).dry()
            };
            let (receipt, trace) = match result {
                Ok(result) => result,
                Err(error) if agreed.is_none() && error.is_unpayable() => return Ok(None),
                Err(error) => return Err(format!("{pager}: {error}")),
            };
            calls.clone_from(&trace.calls);
            pages.agree(trace).map_err(|what| format!("{pager}: {what}"))?;
            if let Some((other, first)) = &agreed
                && *first != (Receipt { commit: None, ..receipt.clone() })
            {
                return Err(format!("{other} and {pager} differ:\n{first:#?}\n{receipt:#?}"));
            }
            agreed = Some((pager, receipt));
            self.nothing_is_in_use()?;
        }
        Ok(agreed.map(|(_, receipt)| CommonResult { receipt, calls, pages }))
    }

    /// Checks that every region is back in the pool, and that the pool counts their frames right.
    fn nothing_is_in_use(&self) -> Result<(), String> {
        let idle = self.parts.vm.idle();
        if idle.regions == idle.kept_regions && idle.bytes == idle.kept_bytes {
            return Ok(());
        }
        Err(format!("regions or frames are in use though no transaction runs: {idle:?}"))
    }

    /// Compares the committed world with the model.
    fn compare(&self) -> Result<(), String> {
        let failed = |error: crate::store::StoreError| error.to_string();
        let snapshot = self.parts.vm.store().snapshot().map_err(failed)?;
        let mut total = 0;
        for (number, address) in self.parts.accounts.iter().enumerate() {
            let balance = snapshot.account(address).map_err(failed)?.map_or(0, |account| account.balance);
            total += u128::from(balance);
            if balance != self.world.balances[number] {
                let model = self.world.balances[number];
                return Err(format!("the balance of account {number} is {balance}, but {model} in the model"));
            }
        }
        if total != self.total {
            return Err(format!("all balances add up to {total}, but to {} at the start", self.total));
        }
        let mut bytes = ZERO_PAGE;
        for (contract, address) in self.parts.accounts.iter().enumerate().take(CONTRACTS) {
            let stored = snapshot.stored_pages(address).map_err(failed)?;
            let stored = stored.into_iter().map(|page| page.0 as usize);
            // A page that is in neither list is zero in both worlds.
            for page in stored.chain(self.world.filled(contract)) {
                snapshot.read_page(address, PageIndex(page as u32), &mut bytes).map_err(failed)?;
                let model = self.world.page(contract, page);
                if bytes != *model {
                    let at = bytes.iter().zip(model).position(|(stored, model)| stored != model).unwrap_or_default();
                    let (stored, model) = (bytes[at], model[at]);
                    return Err(format!(
                        "byte {at} of page {page} of contract {contract} is {stored}, but {model} in the model"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// A bound on the gas of a script without its nested calls: far more than 800 steps on 64 KiB of memory use.
const MOST_OWN_GAS: u64 = 1 << 32;

/// Takes the facts for the model from the traces of calls, and checks their gas.
fn traced_calls(calls: &[CallTrace]) -> Result<Vec<TracedCall>, String> {
    let one = |(at, call): (usize, &CallTrace)| {
        let CallTrace { depth, gas_given, gas_used, .. } = *call;
        let starved = is_out_of_gas(&call.status);
        if starved && gas_used != gas_given {
            return Err(format!("a call ran out of gas, but used only {gas_used} of {gas_given}"));
        }
        let inside = calls[at + 1..].iter().take_while(|inner| inner.depth > depth);
        let inside: u64 = inside.filter(|inner| inner.depth == depth + 1).map(|inner| inner.gas_used.0).sum();
        // A call that halted has used all its gas.
        let own = gas_used.0.checked_sub(inside).filter(|own| *own <= MOST_OWN_GAS || call.status.halt().is_some());
        match own {
            Some(_) => Ok(TracedCall { depth, starved, gas_given, gas_used }),
            None => Err(format!("a call used {gas_used} gas, and its nested calls {inside} of it: {call:#?}")),
        }
    };
    calls.iter().enumerate().map(one).collect()
}

fn outcome(receipt: &Receipt) -> Outcome {
    match (&receipt.status, &receipt.results[..]) {
        (Status::Returned, [Value::I64(value)]) => Outcome::Returned(Some(*value), receipt.output.clone()),
        (Status::Returned, _) => Outcome::Returned(None, receipt.output.clone()),
        (Status::Reverted, _) => Outcome::Reverted(receipt.output.clone()),
        (Status::Halted(halt), _) => Outcome::Halted(halt.kind),
    }
}
