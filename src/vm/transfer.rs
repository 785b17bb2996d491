//! Transfer of contracts between stores by their diffs.

use super::error::Error;
use super::handle::Vm;
use crate::contract::{self, Checks};
use crate::store::hash::{ZERO_PAGE, code_hash, page_hash};
use crate::store::{
    Account, Batch, CarriedContract, Code, ContractChange, Diff, DiffFile, Misfit, PageWrite, Pages, Snapshot,
    StoreError, TreeUpdate, moment_of,
};
use crate::transaction::{contract_account, stored_code};
use crate::units::{Address, CommitNumber, PageIndex, StateRoot, Version};

/// The contract and the versions of a file of diffs, exported or applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Transferred {
    /// The contract.
    pub address: Address,
    /// The version before the first diff.
    pub from: Version,
    /// The version after the last diff.
    pub to: Version,
    /// The state root of that version.
    pub state: StateRoot,
}

/// A contract between two diffs of a file: its state tree and the pages that the diffs touch.
struct Progress<'a> {
    snapshot: &'a dyn Snapshot,
    address: Address,
    code: Code,
    version: Version,
    state: StateRoot,
    tree: TreeUpdate,
    pages: Pages,
}

impl Vm {
    /// Returns the diffs of a contract after a version. Without a version, returns all diffs and the contract itself.
    ///
    /// # Errors
    /// Returns an error if there is no contract at the address, the version does not exist, its successors were pruned, or the
    /// store fails.
    pub fn export_diffs(&self, address: &Address, from: Option<Version>) -> Result<(DiffFile, Transferred), Error> {
        let snapshot = self.shared.store.snapshot()?;
        let (account, code) = contract_account(&*snapshot, address)?;
        let contract = match from {
            Some(_) => None,
            None => {
                let wasm = stored_code(&*snapshot, address, &code.hash)?;
                let Code { max_pages, refuses_reentry, .. } = code;
                Some(CarriedContract { wasm, max_pages, refuses_reentry })
            }
        };
        let from = from.unwrap_or_default();
        let first = moment_of(&*snapshot, address, from)?;
        let mut diffs = Vec::new();
        let mut next = Some(snapshot.moment()?);
        while let Some(upto) = next.filter(|upto| *upto > first)
            && let Some((moment, _)) = snapshot.account_at(address, upto)?.filter(|(moment, _)| *moment > first)
        {
            let diff = if moment.step == 0 { snapshot.diff_at(address, moment.commit)? } else { None };
            diffs.extend(diff.map(|diff| Diff::of_record(*address, diff)));
            next = moment.preceding();
        }
        diffs.reverse();
        let exported = Transferred { address: *address, from, to: account.version, state: account.state };
        Ok((DiffFile { address: *address, from, contract, diffs }, exported))
    }

    /// Applies the diffs of a file to a contract. Each diff makes a version and a commit. If the file contains the contract
    /// itself, it is deployed first. The whole file is checked before anything is written, so a file that does not fit changes
    /// nothing. If the store fails during the writing, the diffs before the failure stay applied.
    ///
    /// # Errors
    /// Returns [`Error::Diff`] with the position of the first diff that does not fit, an error if the contract in the file exists
    /// already or is refused, or an error if the store fails.
    pub fn apply_diffs(&self, file: &DiffFile) -> Result<Transferred, Error> {
        let compiled = file.contract.as_ref().map(|contract| self.check_contract(file, contract)).transpose()?;
        let _writer = self.shared.store.writer()?;
        let (transferred, before) = self.check_file(file, compiled)?;
        if let (Some(code), Some(contract)) = (compiled, &file.contract) {
            let after = Account { code: Some(code), ..before.clone().unwrap_or_default() };
            let accounts = vec![(file.address, before, after)];
            self.shared.store.commit(&Batch {
                accounts,
                code: Some((code.hash, &contract.wasm)),
                ..Batch::default()
            })?;
        }
        for diff in &file.diffs {
            self.commit_diff(diff)?;
        }
        Ok(transferred)
    }

    /// Checks that all diffs of a file can be applied. Returns the result of applying them, and the account before, if there is
    /// one. The snapshot is dropped before the commits, so that the store can reuse the space of replaced pages.
    fn check_file(&self, file: &DiffFile, compiled: Option<Code>) -> Result<(Transferred, Option<Account>), Error> {
        let snapshot = self.shared.store.snapshot()?;
        let before = snapshot.account(&file.address)?;
        let (account, code) = match compiled {
            Some(code) => match before.clone().unwrap_or_default() {
                Account { code: Some(_), version, .. } => {
                    return Err(Error::ContractPresent { address: file.address, newest: version });
                }
                account => (account, code),
            },
            None => contract_account(&*snapshot, &file.address)?,
        };
        let mut progress = Progress::new(&*snapshot, file.address, &account, code);
        for (index, diff) in file.diffs.iter().enumerate() {
            progress.apply(diff).map_err(|failure| failure.of_diff(index))?;
        }
        let transferred =
            Transferred { address: file.address, from: file.from, to: progress.version, state: progress.state };
        Ok((transferred, before))
    }

    /// Checks that the contract in a file can be deployed here.
    fn check_contract(&self, file: &DiffFile, contract: &CarriedContract) -> Result<Code, Error> {
        if file.from != Version(0) {
            return Err(Failure::Misfit(Misfit::Version { expected: Version(0), found: file.from }).of_diff(0));
        }
        let hash = code_hash(&contract.wasm);
        contract::validate(&contract.wasm, self.shared.modules.imports())?;
        self.shared.modules.get(&hash, Checks::All, || Ok::<_, Error>(contract.wasm.clone()))?;
        Ok(Code { hash, max_pages: contract.max_pages, refuses_reentry: contract.refuses_reentry })
    }

    fn commit_diff(&self, diff: &Diff) -> Result<(), Error> {
        let snapshot = self.shared.store.snapshot()?;
        let (account, code) = contract_account(&*snapshot, &diff.contract)?;
        let mut progress = Progress::new(&*snapshot, diff.contract, &account, code);
        progress.apply(diff).map_err(|failure| failure.of_diff(0))?;
        let Progress { pages, tree, .. } = progress;
        let write = |page: &crate::store::PageRuns| {
            let bytes = pages.get(&page.page).map_or(&ZERO_PAGE, |bytes| bytes);
            PageWrite { page: page.page, bytes }
        };
        let after = Account { state: diff.after, version: diff.to, ..account.clone() };
        let (before, address) = (diff.before, diff.contract);
        let writes = diff.pages.iter().map(write).collect();
        let change = ContractChange { address, before, after: diff.after, pages: writes, tree };
        let commit = Some(CommitNumber(snapshot.head()?.0 + 1));
        drop(snapshot);
        let accounts = vec![(address, Some(account), after)];
        Ok(self.shared.store.commit(&Batch { commit, accounts, contracts: vec![change], ..Batch::default() })?)
    }
}

/// Why a diff cannot be applied.
enum Failure {
    Misfit(Misfit),
    Store(StoreError),
}

impl From<Misfit> for Failure {
    fn from(misfit: Misfit) -> Self {
        Self::Misfit(misfit)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    /// Returns the error for the diff with an index in its file.
    fn of_diff(self, index: usize) -> Error {
        match self {
            Self::Misfit(misfit) => Error::Diff { number: index as u64 + 1, misfit },
            Self::Store(error) => error.into(),
        }
    }
}

impl<'a> Progress<'a> {
    fn new(snapshot: &'a dyn Snapshot, address: Address, account: &Account, code: Code) -> Self {
        let (tree, pages) = (TreeUpdate::default(), Pages::new());
        Self { snapshot, address, code, version: account.version, state: account.state, tree, pages }
    }

    fn apply(&mut self, diff: &Diff) -> Result<(), Failure> {
        diff.fits(self.address, self.version, self.state)?;
        if self.version.0.checked_add(1) != Some(diff.to.0) {
            return Err(Misfit::NotOneVersion { from: diff.from, to: diff.to }.into());
        }
        if diff.pages.is_empty() {
            return Err(Misfit::Malformed.into());
        }
        for page in &diff.pages {
            self.load(page.page)?;
        }
        diff.apply(&mut self.pages)?;
        let hash = |page: PageIndex| self.pages.get(&page).map(|bytes| (page, page_hash(&self.address, page, bytes)));
        let leaves: Vec<_> = diff.pages.iter().filter_map(|page| hash(page.page)).collect();
        let tree = std::mem::take(&mut self.tree);
        self.tree = self.snapshot.tree_after(&self.address, tree, &leaves)?;
        if self.tree.root() != diff.after {
            return Err(Misfit::After { expected: diff.after, found: self.tree.root() }.into());
        }
        (self.version, self.state) = (diff.to, diff.after);
        Ok(())
    }

    /// Loads a page unless it is loaded.
    fn load(&mut self, page: PageIndex) -> Result<(), Failure> {
        if !self.code.max_pages.contains(page) {
            return Err(Misfit::PageLimit(page).into());
        }
        if !self.pages.contains_key(&page) {
            let mut bytes = Box::new(ZERO_PAGE);
            self.snapshot.read_page(&self.address, page, &mut bytes)?;
            self.pages.insert(page, bytes);
        }
        Ok(())
    }
}
