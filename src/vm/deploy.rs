//! Deployment of contracts and funding of accounts.

use super::error::Error;
use super::handle::Vm;
use crate::contract::{self, Checks, StorageForm};
use crate::limits::{DEFAULT_STORAGE_PAGES, MAX_INSIDE_PAGES, MAX_STORAGE_PAGES};
use crate::store::hash::{code_hash, contract_address};
use crate::store::{Batch, Code};
use crate::transaction::{Ledger, TransactionError};
use crate::units::{Address, CodeHash, PageCount, STORAGE_PAGES_PER_WASM_PAGE, StateRoot};

/// The settings of a deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployment {
    /// The author, which determines the address together with the nonce and the code.
    pub author: Address,
    /// Lets one author deploy the same code several times, at different addresses.
    pub nonce: u64,
    /// The initial balance, which is newly created.
    pub balance: u64,
    /// The requested page limit: a multiple of 16, at least 16.
    pub max_pages: Option<PageCount>,
    /// True if the contract refuses re-entry: a call of it while another call of it runs halts before it starts.
    pub refuses_reentry: bool,
}

/// The result of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Deployed {
    /// The address of the contract.
    pub address: Address,
    /// SHA-256 of the code.
    pub code_hash: CodeHash,
    /// The initial state root, which is zero.
    pub state: StateRoot,
    /// The page limit.
    pub max_pages: PageCount,
}

impl Vm {
    /// Validates and compiles a contract in the binary or text format, and creates its account.
    ///
    /// # Errors
    /// Returns [`Error::Contract`] if the code is refused, [`Error::PageLimit`] if the page limit is not allowed,
    /// [`Error::AddressTaken`] if the contract exists already, or another error if the store or the host fails. Nothing is
    /// recorded after an error.
    pub fn deploy(&self, code: &[u8], deployment: &Deployment) -> Result<Deployed, Error> {
        let wasm = contract::to_binary(code)?;
        let hash = code_hash(&wasm);
        let metadata = contract::validate(&wasm, self.shared.modules.imports())?;
        let max_pages = page_limit(deployment.max_pages, &metadata)?;
        let address = contract_address(&deployment.author, deployment.nonce, &hash);
        // Compiling may take seconds, so it precedes the lock of the writer.
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

    /// Adds a newly created amount to the balance of an account. Returns the new balance.
    ///
    /// # Errors
    /// Returns an error if the balance would overflow or the store fails.
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

/// Returns the smaller of the requested page limit and the maximum that the storage import declares.
fn page_limit(asked: Option<PageCount>, metadata: &contract::Metadata) -> Result<PageCount, Error> {
    let refused = |reason: String| Error::PageLimit { asked: asked.unwrap_or_default(), reason };
    if let Some(PageCount(pages)) = asked
        && (pages == 0 || pages % STORAGE_PAGES_PER_WASM_PAGE != 0 || pages > MAX_STORAGE_PAGES.0)
    {
        return Err(refused(format!(
            "it must be a multiple of {STORAGE_PAGES_PER_WASM_PAGE} between {STORAGE_PAGES_PER_WASM_PAGE} and {MAX_STORAGE_PAGES}"
        )));
    }
    let storage = metadata.storage.import();
    let declared = storage.and_then(|storage| storage.maximum);
    let limit = match (asked, declared) {
        (Some(asked), Some(declared)) => asked.min(declared),
        (Some(limit), None) | (None, Some(limit)) => limit,
        (None, None) => DEFAULT_STORAGE_PAGES,
    };
    if metadata.storage == StorageForm::Inside && limit > MAX_INSIDE_PAGES {
        return Err(refused(format!("storage inside the contract's own memory has at most {MAX_INSIDE_PAGES} pages")));
    }
    match storage.map(|storage| storage.minimum) {
        Some(minimum) if limit < minimum => {
            Err(refused(format!("the storage import of the contract needs at least {minimum} pages")))
        }
        _ => Ok(limit),
    }
}
