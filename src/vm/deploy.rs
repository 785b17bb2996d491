//! New accounts, and money.

use super::error::Error;
use super::handle::Vm;
use crate::contract::{self, Checks};
use crate::limits::{DEFAULT_STORAGE_PAGES, MAX_STORAGE_PAGES};
use crate::store::hash::{code_hash, contract_address};
use crate::store::{Batch, Code};
use crate::transaction::{Ledger, TransactionError};
use crate::units::{Address, CodeHash, PageCount, STORAGE_PAGES_PER_WASM_PAGE, StateRoot};

/// How a contract is deployed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployment {
    /// Who deploys it: part of its address.
    pub author: Address,
    /// A number that is part of its address, so that one author can deploy one code more than once.
    pub nonce: u64,
    /// Money that it starts with, made out of nothing.
    pub balance: u64,
    /// The page limit asked for: a multiple of 16, at least 16.
    pub max_pages: Option<PageCount>,
    /// Whether contracts may not call it while a call of it runs: such a call is halted before it begins.
    pub refuses_reentry: bool,
}

/// A contract as deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Deployed {
    /// Where it is.
    pub address: Address,
    /// SHA-256 of its wasm bytes.
    pub code_hash: CodeHash,
    /// Its state root: zero.
    pub state: StateRoot,
    /// Its page limit.
    pub max_pages: PageCount,
}

impl Vm {
    /// Validates and compiles a contract, in binary or text format, and records it with an account of its own.
    ///
    /// # Errors
    /// [`Error::Contract`] is code that is refused, [`Error::PageLimit`] a limit that cannot be, [`Error::AddressTaken`] a contract that is
    /// there already; else the store or the host has failed. Nothing is recorded then.
    pub fn deploy(&self, code: &[u8], deployment: &Deployment) -> Result<Deployed, Error> {
        let wasm = contract::to_binary(code)?;
        let hash = code_hash(&wasm);
        let metadata = contract::validate(&wasm, self.shared.modules.imports())?;
        let max_pages = page_limit(deployment.max_pages, &metadata)?;
        let address = contract_address(&deployment.author, deployment.nonce, &hash);
        // Compiling may take seconds: other writers need not wait for it.
        self.shared.modules.get(&hash, Checks::All, || Ok::<_, Error>(wasm.to_vec()))?;
        let _writer = self.shared.store.writer()?;
        let snapshot = self.shared.store.snapshot()?;
        let before = snapshot.account(&address)?;
        if before.as_ref().is_some_and(|account| account.code.is_some()) {
            return Err(Error::AddressTaken(address));
        }
        let mut after = before.clone().unwrap_or_default();
        after.code = Some(Code { hash, max_pages, refuses_reentry: deployment.refuses_reentry });
        after.balance = after.balance.checked_add(deployment.balance).ok_or(TransactionError::BalanceOverflow {
            address,
            balance: after.balance,
            amount: deployment.balance,
        })?;
        drop(snapshot);
        let accounts = vec![(address, before, after)];
        self.shared.store.commit(&Batch { accounts, code: Some((hash, &wasm)), ..Batch::default() })?;
        Ok(Deployed { address, code_hash: hash, state: StateRoot::ZERO, max_pages })
    }

    /// Makes money out of nothing for an account. Returns its new balance.
    ///
    /// # Errors
    /// The account would have more than it can hold, or the store has failed.
    pub fn fund(&self, address: &Address, amount: u64) -> Result<u64, Error> {
        let _writer = self.shared.store.writer()?;
        let snapshot = self.shared.store.snapshot()?;
        let mut ledger = Ledger::default();
        let balance = ledger.mint(&*snapshot, *address, amount)?;
        drop(snapshot);
        self.shared.store.commit(&Batch { accounts: ledger.into_changes(), ..Batch::default() })?;
        Ok(balance)
    }
}

/// The smaller of what was asked for and what the import declares as its maximum.
fn page_limit(asked: Option<PageCount>, metadata: &contract::Metadata) -> Result<PageCount, Error> {
    let refused = |reason: String| Error::PageLimit { asked: asked.unwrap_or_default(), reason };
    if let Some(PageCount(pages)) = asked
        && (pages == 0 || pages % STORAGE_PAGES_PER_WASM_PAGE != 0 || pages > MAX_STORAGE_PAGES.0)
    {
        return Err(refused(format!(
            "it must be a multiple of {STORAGE_PAGES_PER_WASM_PAGE}, at least that and at most {MAX_STORAGE_PAGES}"
        )));
    }
    let storage = metadata.storage.as_ref();
    let declared = storage.and_then(|storage| storage.maximum);
    let limit = match (asked, declared) {
        (Some(asked), Some(declared)) => asked.min(declared),
        (Some(limit), None) | (None, Some(limit)) => limit,
        (None, None) => DEFAULT_STORAGE_PAGES,
    };
    match storage.map(|storage| storage.minimum) {
        Some(minimum) if limit < minimum => {
            Err(refused(format!("the contract's storage import needs at least {minimum} pages")))
        }
        _ => Ok(limit),
    }
}
