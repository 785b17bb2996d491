//! One scenario, transaction by transaction.

use super::pages::Pages;
use super::reached::{Reached, is_out_of_gas};
use crate::fuzzing::model::{self, Made, Outcome, OwnMemory, World};
use crate::fuzzing::script::{ACCOUNTS, CONTRACTS, SENDER, Transaction, encode};
use crate::paging::PagerKind;
use crate::receipt::{Call, CallTrace, Detail, Receipt, Status, Value};
use crate::store::hash::ZERO_PAGE;
use crate::units::{Address, Gas, PageIndex};
use crate::vm::Vm;

pub(super) struct Run<'a> {
    vm: &'a Vm,
    idle: &'a mut Vec<OwnMemory>,
    accounts: &'a [Address; ACCOUNTS],
    pagers: &'a [PagerKind],
    world: World,
    /// What all accounts have together: nothing makes it more or less.
    money: u128,
    reached: Reached,
}

/// What all pagers said of a transaction.
struct Agreed {
    receipt: Receipt,
    calls: Vec<CallTrace>,
    pages: Pages,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        (vm, idle): (&'a Vm, &'a mut Vec<OwnMemory>),
        accounts: &'a [Address; ACCOUNTS],
        pagers: &'a [PagerKind],
        world: World,
    ) -> Self {
        let money = world.balances.iter().map(|money| u128::from(*money)).sum();
        Self { vm, idle, accounts, pagers, world, money, reached: Reached::default() }
    }

    pub(super) fn finish(self) -> (Reached, World) {
        (self.reached.scenario(), self.world)
    }

    /// Runs a transaction; nothing, if it cannot begin.
    pub(super) fn transaction(&mut self, transaction: &Transaction) -> Result<Option<Receipt>, String> {
        let gas = if transaction.short_of_gas { Gas(8_000) } else { Gas(1 << 62) };
        let call = Call::new(self.accounts[0], "run")
            .input(encode(self.accounts, &transaction.steps))
            .gas(gas)
            .sender(self.accounts[SENDER])
            .value(transaction.value.into());
        let mut after = self.world.clone();
        let Some(Agreed { receipt, calls, pages }) = self.run(&call, transaction)? else {
            return match model::run(self.accounts, transaction, &[], &mut after, self.idle) {
                None => self.compare().map(|()| None),
                Some((outcome, _)) => Err(format!("it cannot begin, but the model says {outcome:?}")),
            };
        };
        let made = made(&calls)?;
        let expected = model::run(self.accounts, transaction, &made, &mut after, self.idle);
        let (expected, met) =
            expected.ok_or_else(|| format!("the model says that it cannot begin, but it is\n{receipt:#?}"))?;
        if met.given_too_much > 0 {
            return Err(format!("{} calls were given more gas than was asked for", met.given_too_much));
        }
        if met.used_otherwise > 0 {
            let count = met.used_otherwise;
            return Err(format!(
                "{count} calls that halted should have used all that they were given, or nothing if they never began: {calls:#?}"
            ));
        }
        // What has run may still not be able to pay for its pages.
        let paid = !is_out_of_gas(&receipt.status);
        if paid && outcome(&receipt) != expected {
            return Err(format!("the model says {expected:?}, but it is\n{receipt:#?}"));
        }
        self.reached.reentered_after_writing += met.reentered_after_writing;
        self.reached.nested_failed_after_writing += met.failed_after_writing;
        self.reached.never_begun += met.not_begun;
        self.reached.transaction(&calls, &receipt, &transaction.steps, [&self.world, &after]);
        let returned = receipt.status == Status::Returned;
        if returned {
            if receipt.events != after.events {
                return Err(format!("the events are {:?}, the model has {:?}", receipt.events, after.events));
            }
            pages.have(self.accounts, &self.world, &after)?;
        } else if !receipt.events.is_empty() {
            return Err(format!("a transaction that failed left events: {:?}", receipt.events));
        }
        if returned && transaction.commit {
            self.world = after;
            self.world.events.clear();
        }
        self.compare()?;
        Ok(Some(receipt))
    }

    /// Runs a call dry under every pager, but for the one that commits it at the end; nothing, if it cannot begin.
    fn run(&self, call: &Call, transaction: &Transaction) -> Result<Option<Agreed>, String> {
        let mut pages = Pages::default();
        let mut agreed: Option<(PagerKind, Receipt)> = None;
        let mut calls: Vec<CallTrace> = Vec::new();
        let last = Some(transaction.pager).filter(|pager| self.pagers.contains(pager));
        let last = last.or(self.pagers.first().copied()).ok_or("there is no pager")?;
        let others = self.pagers.iter().copied().filter(|pager| *pager != last);
        for pager in others.chain([last]) {
            let call = call.clone().pager(pager);
            let commits = pager == last && transaction.commit;
            let ran = if commits {
                self.vm.run(&call).trace(Detail::Calls).commit()
            } else {
                self.vm.run(&call).trace(Detail::Calls).dry()
            };
            let (receipt, trace) = match ran {
                Ok(ran) => ran,
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
        Ok(agreed.map(|(_, receipt)| Agreed { receipt, calls, pages }))
    }

    /// Every region is back in the pool, which knows how many frames it has.
    fn nothing_is_in_use(&self) -> Result<(), String> {
        let idle = self.vm.idle();
        if idle.regions == idle.kept_regions && idle.frames == idle.kept_frames {
            return Ok(());
        }
        Err(format!("something is in use when nothing runs: {idle:?}"))
    }

    /// Compares everything that is committed with the model.
    fn compare(&self) -> Result<(), String> {
        let failed = |error: crate::store::StoreError| error.to_string();
        let snapshot = self.vm.store().snapshot().map_err(failed)?;
        let mut total = 0;
        for (number, address) in self.accounts.iter().enumerate() {
            let balance = snapshot.account(address).map_err(failed)?.map_or(0, |account| account.balance);
            total += u128::from(balance);
            if balance != self.world.balances[number] {
                let model = self.world.balances[number];
                return Err(format!("account {number} has {balance}, in the model it has {model}"));
            }
        }
        if total != self.money {
            return Err(format!("the accounts have {total} together, which is not what they had at first"));
        }
        let mut bytes = ZERO_PAGE;
        for (contract, address) in self.accounts.iter().enumerate().take(CONTRACTS) {
            let stored = snapshot.stored_pages(address).map_err(failed)?;
            let stored = stored.into_iter().map(|page| page.0 as usize);
            // A page that neither has is zero in both.
            for page in stored.chain(self.world.filled(contract)) {
                snapshot.read_page(address, PageIndex(page as u32), &mut bytes).map_err(failed)?;
                let model = self.world.page(contract, page);
                if bytes != *model {
                    let at = bytes.iter().zip(model).position(|(stored, model)| stored != model).unwrap_or_default();
                    let (stored, model) = (bytes[at], model[at]);
                    return Err(format!(
                        "byte {at} of page {page} of contract {contract} is {stored}, the model has {model}"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Gas that a script takes at most, without the calls that it makes: far more than 800 steps on 64 KiB of memory do.
const MOST_OWN_GAS: u64 = 1 << 32;

/// What the model is told of the calls that were made.
fn made(calls: &[CallTrace]) -> Result<Vec<Made>, String> {
    let one = |(at, call): (usize, &CallTrace)| {
        let CallTrace { depth, gas_given, gas_used, .. } = *call;
        let starved = is_out_of_gas(&call.status);
        if starved && gas_used != gas_given {
            return Err(format!("a call ran out of gas, but used {gas_used} of {gas_given}"));
        }
        let inside = calls[at + 1..].iter().take_while(|inner| inner.depth > depth);
        let inside: u64 = inside.filter(|inner| inner.depth == depth + 1).map(|inner| inner.gas_used.0).sum();
        // A call that halted has used what there was.
        let own = gas_used.0.checked_sub(inside).filter(|own| *own <= MOST_OWN_GAS || call.status.halt().is_some());
        match own {
            Some(_) => Ok(Made { depth, starved, gas_given, gas_used }),
            None => {
                Err(format!("a call used {gas_used}, of which the calls inside it account for {inside}: {call:#?}"))
            }
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
