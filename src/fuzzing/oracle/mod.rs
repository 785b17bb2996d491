//! The oracle: runs scenarios in the VM and compares each with the model.

mod pages;
mod reached;
mod result;
mod run;
mod side;

pub use reached::Reached;
pub use result::Disagreement;

use std::cell::Cell;
use std::sync::Arc;

use super::model::OwnMemory;
use super::panics::caught;
use super::script::{Scenario, by_slices, can_be_sliced};
use crate::paging::PagerKind;
use crate::receipt::Receipt;
use crate::store::{CheckReport, MemoryMark, MemoryStore, PageStore, StoreError};
use crate::vm::{Error, Vm};
use result::ScenarioResult;
use run::Parts;
use side::{FORMS, Side};

/// A VM over a store in memory. Each scenario starts with the same store. Kept frames, machines and compiled code stay from
/// one scenario to the next.
#[derive(Debug)]
pub struct Oracle {
    store: Arc<MemoryStore>,
    start: MemoryMark,
    vm: Vm,
    /// The contracts of the first one import the storage memory.
    sides: Vec<Side>,
    pagers: Vec<PagerKind>,
    /// Own memories that the model reuses.
    idle: Vec<OwnMemory>,
}

impl Oracle {
    /// Creates an oracle for all pagers that the host can run.
    pub fn new() -> Result<Self, Error> {
        Self::with_pagers(PagerKind::available())
    }

    /// Creates an oracle for these pagers.
    pub fn with_pagers(pagers: impl IntoIterator<Item = PagerKind>) -> Result<Self, Error> {
        let store = MemoryStore::new();
        let vm = Vm::builder(store.clone()).module_cache_dir(None).build()?;
        let sides = FORMS.iter().map(|forms| Side::new(&vm, forms)).collect::<Result<_, _>>()?;
        Ok(Self { start: store.mark(), store, vm, sides, pagers: pagers.into_iter().collect(), idle: Vec::new() })
    }

    /// Runs each transaction of a scenario under every pager, with kept frames, and compares it with the model: results,
    /// status, events, balances and every byte of storage. Receipts, with gas and state roots, must be the same under all
    /// pagers. No region may stay in use.
    pub fn pagers_agree(&mut self, scenario: &Scenario) -> Result<Reached, Disagreement> {
        self.run(scenario).map(|result| result.reached)
    }

    /// Runs a scenario three times: as it is, with slices in place of mapped accesses, and with windows in their place. All
    /// three must have the same results.
    pub fn mapped_vs_slices(&mut self, scenario: &Scenario) -> Result<Reached, Disagreement> {
        let mapped = self.run(scenario)?;
        let mut reached = mapped.reached;
        for windows in [false, true] {
            let form = if windows { "windows" } else { "slices" };
            let (sliced, not_by_slices) = by_slices(scenario, windows);
            reached.not_by_slices += not_by_slices;
            let sliced =
                self.run(&sliced).map_err(|error| Disagreement { what: format!("{form}: {}", error.what), ..error })?;
            // A call that halts uses all its gas. After several of them one form may run out of gas while the other does not.
            if [&mapped, &sliced].iter().any(|result| result.reached.ran_out_of_gas()) {
                reached.not_by_slices += 1;
                continue;
            }
            for (transaction, (mapped, sliced)) in mapped.receipts.iter().zip(&sliced.receipts).enumerate() {
                let (mapped, sliced) = (without_gas(mapped), without_gas(sliced));
                if mapped != sliced {
                    let what = format!("mapped accesses and {form} differ:\n{mapped:#?}\n{sliced:#?}");
                    return Err(Disagreement { transaction, what });
                }
            }
            if mapped.world != sliced.world {
                let what = format!("mapped accesses and {form} end with different worlds");
                return Err(Disagreement { transaction: scenario.transactions.len(), what });
            }
        }
        Ok(reached)
    }

    /// Runs a saved scenario with the checks of every target, as its file does not name the target that found it.
    pub fn replay(&mut self, scenario: &Scenario) -> Result<Reached, Disagreement> {
        self.as_in_a_fresh_vm(scenario)?;
        if can_be_sliced(scenario) { self.mapped_vs_slices(scenario) } else { self.pagers_agree(scenario) }
    }

    /// Runs a scenario here and in a new VM. Both must have the same results.
    pub fn as_in_a_fresh_vm(&mut self, scenario: &Scenario) -> Result<(), Disagreement> {
        let failed = |what| Disagreement { transaction: scenario.transactions.len(), what };
        let kept = self.run(scenario)?;
        let mut fresh = Self::with_pagers(self.pagers.iter().copied()).map_err(|error| failed(error.to_string()))?;
        let new = fresh.run(scenario)?;
        let same = kept.receipts == new.receipts && kept.world == new.world;
        if same { Ok(()) } else { Err(failed("a new VM has different results".to_owned())) }
    }

    /// Runs a scenario and returns its receipts.
    pub(super) fn receipts(&mut self, scenario: &Scenario) -> Result<Vec<Receipt>, Disagreement> {
        self.run(scenario).map(|result| result.receipts.into_iter().flatten().collect())
    }

    /// Checks the store as the last scenario left it: recomputes everything that follows from something else.
    pub fn check(&self) -> Result<CheckReport, StoreError> {
        self.store.check()
    }

    /// Runs a scenario. A panic is a disagreement too. The VM that panicked is replaced by a new one.
    fn run(&mut self, scenario: &Scenario) -> Result<ScenarioResult, Disagreement> {
        let reached = Cell::new(0);
        caught(|| self.run_uncaught(scenario, &reached)).unwrap_or_else(|what| {
            let failed = |what| Disagreement { transaction: reached.get(), what };
            match Self::with_pagers(self.pagers.iter().copied()) {
                Ok(fresh) => *self = fresh,
                Err(error) => return Err(failed(format!("{what}; no new VM can be made after that: {error}"))),
            }
            Err(failed(what))
        })
    }

    /// Runs a scenario on contracts of every form. Returns the result of the first.
    fn run_uncaught(&mut self, scenario: &Scenario, reached: &Cell<usize>) -> Result<ScenarioResult, Disagreement> {
        let Self { store, start, vm, sides, pagers, idle } = self;
        let mut first = None;
        for side in sides {
            store.rewind(start);
            let result = side.run(Parts { vm, idle, accounts: &side.accounts, pagers }, scenario, reached);
            let named = |error: Disagreement| Disagreement { what: format!("{}{}", side.name, error.what), ..error };
            first.get_or_insert(result.map_err(named)?);
        }
        first.ok_or_else(|| Disagreement { transaction: 0, what: "there is no side".to_owned() })
    }
}

/// Returns a receipt without the fields that depend on the price of accesses: gas, and messages of halts.
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
