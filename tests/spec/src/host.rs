//! Runs calls under every pager, and compares their receipts.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

use vellum::contract::{ContractError, Imports, Metadata, Signature, ValueType};
use vellum::paging::PagerKind;
use vellum::receipt::{Call, Receipt, Value};
use vellum::store::MemoryStore;
use vellum::units::{Address, Gas, PageCount, PageIndex};
use vellum::vm::{Deployment, Error, HostCall, Vm};

/// The pagers that are compared.
const PAGERS: [PagerKind; 4] = [PagerKind::Soft, PagerKind::Eager, PagerKind::Resident, PagerKind::Sigsegv];

/// A VM in memory.
pub struct Host {
    vm: Vm,
    /// What the running call has passed to the custom host function `spec.result`.
    results: Arc<Mutex<Vec<u64>>>,
    commits: Cell<usize>,
}

/// A call under all pagers.
pub struct Ran {
    pub receipt: Receipt,
    /// The integers that the call has handed over to `spec.result`.
    pub handed_over: Vec<u64>,
}

/// Returns a call with enough gas for all actions of a script on one instance.
pub fn call(contract: Address, function: &str, arguments: &[Value]) -> Call {
    Call::new(contract, function).args(arguments).gas(Gas(1 << 40))
}

impl Host {
    pub fn new() -> Result<Self, Error> {
        let results = Arc::new(Mutex::new(Vec::new()));
        let here = results.clone();
        let result = move |_: &mut HostCall<'_>, bits: u64| {
            here.lock().unwrap_or_else(PoisonError::into_inner).push(bits);
        };
        let vm = Vm::builder(MemoryStore::new()).import("spec", "result", Gas(1), result).build()?;
        Ok(Self { vm, results, commits: Cell::new(0) })
    }

    /// Deploys a contract. The same code can be deployed with several nonces.
    pub fn deploy(&self, code: &[u8], max_pages: Option<PageCount>, nonce: u64) -> Result<Address, Error> {
        let deployment = Deployment { nonce, max_pages, ..Deployment::default() };
        Ok(self.vm.deploy(code, &deployment)?.address)
    }

    /// Returns the page limit that a contract declares, which a rewritten form of it cannot declare.
    ///
    /// # Errors
    /// Returns the error of a contract that is refused.
    pub fn declared_pages(wasm: &[u8]) -> Result<Option<PageCount>, ContractError> {
        Ok(validate(wasm)?.storage.import().and_then(|import| import.maximum))
    }

    /// Runs a call under every pager, and commits it under one of them. Returns an error if the receipts differ.
    pub fn commit(&self, call: &Call) -> Result<Ran, String> {
        let dry = self.dry(call)?;
        let pager = PAGERS[self.commits.get() % PAGERS.len()];
        self.commits.set(self.commits.get() + 1);
        let mut committed = self.under(pager, call, |call| self.vm.run(call).commit())?;
        committed.receipt.commit = None;
        compare(&dry, "dry", &committed, &format!("committed under {pager}"))?;
        Ok(committed)
    }

    /// Runs a call under every pager. Returns an error if the receipts differ.
    pub fn dry(&self, call: &Call) -> Result<Ran, String> {
        let dry = |pager| self.under(pager, call, |call| self.vm.run(call).dry());
        let [first, others @ ..] = PAGERS;
        let ran = dry(first)?;
        others.into_iter().try_for_each(|pager| compare(&ran, first.name(), &dry(pager)?, pager.name()))?;
        Ok(ran)
    }

    fn under(
        &self,
        pager: PagerKind,
        call: &Call,
        run: impl FnOnce(&Call) -> Result<Receipt, Error>,
    ) -> Result<Ran, String> {
        let handed_over = || std::mem::take(&mut *self.results.lock().unwrap_or_else(PoisonError::into_inner));
        handed_over();
        let receipt = run(&call.clone().pager(pager)).map_err(|error| format!("under {pager}: {error}"))?;
        Ok(Ran { receipt, handed_over: handed_over() })
    }

    /// Returns the stored pages of a contract.
    pub fn storage(&self, contract: Address) -> Result<Vec<(PageIndex, Vec<u8>)>, Error> {
        let view = self.vm.now()?;
        let pages = view.stored_pages(&contract)?.into_iter();
        pages.map(|page| Ok((page, view.page(&contract, page)?.0.to_vec()))).collect()
    }

    /// Returns true if code of a contract can change state that the next transaction does not see: globals, tables, dropped
    /// segments and own memory, which code may write if there is one.
    pub fn loses_state(&self, wasm: &[u8], ignores_own_memory: bool) -> Result<bool, String> {
        let metadata = validate(wasm).map_err(|error| error.to_string())?;
        let has_own = metadata.own_memory.is_some() && !ignores_own_memory;
        Ok(metadata.single_use || metadata.mutable_globals > 0 || has_own)
    }
}

/// Validates a contract that may import `spec.result`.
fn validate(wasm: &[u8]) -> Result<Metadata, ContractError> {
    let mut imports = Imports::default();
    let signature = Signature { params: vec![ValueType::I64], results: vec![] };
    // Only a name that a VM has would be refused.
    let _ = imports.add("spec", "result", signature, Gas(1));
    vellum::contract::validate(wasm, &imports)
}

fn compare(one: &Ran, name: &str, other: &Ran, other_name: &str) -> Result<(), String> {
    if one.receipt != other.receipt {
        let (one, other) = (&one.receipt, &other.receipt);
        return Err(format!("the receipts differ\n  {name}: {one:?}\n  {other_name}: {other:?}"));
    }
    if one.handed_over != other.handed_over {
        let (one, other) = (&one.handed_over, &other.handed_over);
        return Err(format!("the results differ\n  {name}: {one:x?}\n  {other_name}: {other:x?}"));
    }
    Ok(())
}
