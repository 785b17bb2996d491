//! What must hold of every scenario.

mod pages;
mod reached;
mod run;

pub use reached::Reached;

use std::cell::Cell;
use std::sync::Arc;

use super::model::{OwnMemory, World};
use super::panics::caught;
use super::script::{ACCOUNTS, CONTRACTS, LIMIT, SENDER, Scenario, by_slices, has_slices};
use crate::paging::PagerKind;
use crate::receipt::Receipt;
use crate::store::{CheckReport, MemoryMark, MemoryStore, PageStore, StoreError};
use crate::units::Address;
use crate::vm::{Deployment, Error, Vm};
use run::Run;

/// How the virtual machine differs from the model, or one pager from another.
#[derive(Debug, Clone, thiserror::Error)]
#[error("transaction {transaction}: {what}")]
pub struct Disagreement {
    /// Which transaction, from 0.
    pub transaction: usize,
    /// What differs.
    pub what: String,
}

/// Who sends every transaction.
const SENDER_ADDRESS: Address = Address([7; 20]);

/// Money of each account at first: the second contract overflows when it gets more than 500.
const MONEY: [u64; ACCOUNTS] = [1_000, u64::MAX - 500, 0, 2_000];

/// A virtual machine over a store in memory that begins again with each scenario, while frames, instances and compiled
/// code are kept.
#[derive(Debug)]
pub struct Oracle {
    store: Arc<MemoryStore>,
    beginning: MemoryMark,
    vm: Vm,
    accounts: [Address; ACCOUNTS],
    pagers: Vec<PagerKind>,
    /// Memory of the model's.
    idle: Vec<OwnMemory>,
}

/// What a scenario left: its receipts, none where a transaction could not begin, and the world.
#[derive(Debug)]
struct Left {
    reached: Reached,
    receipts: Vec<Option<Receipt>>,
    world: World,
}

impl Oracle {
    /// An oracle for all pagers that can run here.
    pub fn new() -> Result<Self, Error> {
        Self::with_pagers(PagerKind::available())
    }

    /// An oracle for some pagers.
    pub fn with_pagers(pagers: impl IntoIterator<Item = PagerKind>) -> Result<Self, Error> {
        let store = MemoryStore::new();
        let vm = Vm::builder(store.clone()).module_cache_dir(None).build()?;
        let code = include_bytes!("../interpreter.wat");
        let mut accounts = [SENDER_ADDRESS; ACCOUNTS];
        for (number, account) in accounts.iter_mut().enumerate().take(CONTRACTS) {
            let (nonce, refuses_reentry) = (number as u64, number == CONTRACTS - 1);
            let deployment = Deployment { max_pages: Some(LIMIT), nonce, refuses_reentry, ..Deployment::default() };
            *account = vm.deploy(code, &Deployment { balance: MONEY[number], ..deployment })?.address;
        }
        vm.fund(&SENDER_ADDRESS, MONEY[SENDER])?;
        Ok(Self {
            beginning: store.mark(),
            store,
            vm,
            accounts,
            pagers: pagers.into_iter().collect(),
            idle: Vec::new(),
        })
    }

    /// Runs a scenario under every pager in step, with kept frames, and compares each with the model: results, status,
    /// gas, events, balances, state roots and every byte of storage. Afterwards nothing is left in use.
    pub fn pagers_agree(&mut self, scenario: &Scenario) -> Result<Reached, Disagreement> {
        self.run(scenario).map(|left| left.reached)
    }

    /// Runs a scenario as it is, with slices in the place of accesses of mapped storage, and with windows: all leave the
    /// same.
    pub fn mapped_vs_slices(&mut self, scenario: &Scenario) -> Result<Reached, Disagreement> {
        let mapped = self.run(scenario)?;
        let mut reached = mapped.reached;
        for windows in [false, true] {
            let form = if windows { "windows" } else { "slices" };
            let (sliced, not_by_slices) = by_slices(scenario, windows);
            reached.not_by_slices += not_by_slices;
            let sliced =
                self.run(&sliced).map_err(|error| Disagreement { what: format!("{form}: {}", error.what), ..error })?;
            // A call that halts uses all its gas. After some of them one form may have too little, and the other enough.
            if [&mapped, &sliced].iter().any(|left| left.reached.ran_out_of_gas()) {
                reached.not_by_slices += 1;
                continue;
            }
            for (transaction, (mapped, sliced)) in mapped.receipts.iter().zip(&sliced.receipts).enumerate() {
                let (mapped, sliced) = (without_gas(mapped), without_gas(sliced));
                if mapped != sliced {
                    let what = format!("by {form} it differs:\n{mapped:#?}\n{sliced:#?}");
                    return Err(Disagreement { transaction, what });
                }
            }
            if mapped.world != sliced.world {
                let what = format!("by {form} it leaves another world");
                return Err(Disagreement { transaction: scenario.transactions.len(), what });
            }
        }
        Ok(reached)
    }

    /// Runs a scenario in every way that it can be run: what was saved, whichever target has found it.
    pub fn replay(&mut self, scenario: &Scenario) -> Result<Reached, Disagreement> {
        self.as_in_a_fresh_vm(scenario)?;
        if has_slices(scenario) { self.mapped_vs_slices(scenario) } else { self.pagers_agree(scenario) }
    }

    /// Runs a scenario here and in a virtual machine that has run nothing: both leave the same.
    pub fn as_in_a_fresh_vm(&mut self, scenario: &Scenario) -> Result<(), Disagreement> {
        let failed = |what| Disagreement { transaction: scenario.transactions.len(), what };
        let here = self.run(scenario)?;
        let mut fresh = Self::with_pagers(self.pagers.iter().copied()).map_err(|error| failed(error.to_string()))?;
        let there = fresh.run(scenario)?;
        let same = here.receipts == there.receipts && here.world == there.world;
        if same { Ok(()) } else { Err(failed("a virtual machine that has run nothing does otherwise".to_owned())) }
    }

    /// The receipts of a scenario.
    pub(super) fn receipts(&mut self, scenario: &Scenario) -> Result<Vec<Receipt>, Disagreement> {
        self.run(scenario).map(|left| left.receipts.into_iter().flatten().collect())
    }

    /// Recomputes the whole store from the pages that the last scenario has left.
    pub fn check(&self) -> Result<CheckReport, StoreError> {
        self.store.check()
    }

    /// Runs a scenario. A panic is a disagreement too, and a virtual machine in which something has panicked is not used
    /// again.
    fn run(&mut self, scenario: &Scenario) -> Result<Left, Disagreement> {
        let reached = Cell::new(0);
        caught(|| self.run_as_it_is(scenario, &reached)).unwrap_or_else(|what| {
            let failed = |what| Disagreement { transaction: reached.get(), what };
            match Self::with_pagers(self.pagers.iter().copied()) {
                Ok(fresh) => *self = fresh,
                Err(error) => return Err(failed(format!("{what}; afterwards there is no other: {error}"))),
            }
            Err(failed(what))
        })
    }

    fn run_as_it_is(&mut self, scenario: &Scenario, reached: &Cell<usize>) -> Result<Left, Disagreement> {
        self.store.rewind(&self.beginning);
        let world = World::new(MONEY);
        let mut run = Run::new((&self.vm, &mut self.idle), &self.accounts, &self.pagers, world);
        let mut receipts = Vec::new();
        for (number, transaction) in scenario.transactions.iter().enumerate() {
            reached.set(number);
            let failed = |what| Disagreement { transaction: number, what };
            receipts.push(run.transaction(transaction).map_err(failed)?);
        }
        let (reached, world) = run.finish();
        Ok(Left { reached, receipts, world })
    }
}

/// A receipt as far as it does not depend on what accesses cost; of a halt only its kind.
fn without_gas(receipt: &Option<Receipt>) -> Option<Receipt> {
    use crate::receipt::Status;
    use crate::units::Gas;
    let mut receipt = receipt.clone()?;
    receipt.gas_used = Gas(0);
    if let Status::Halted(halt) = &mut receipt.status {
        halt.message.clear();
    }
    Some(receipt)
}
