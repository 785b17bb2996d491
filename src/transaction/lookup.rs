//! Looking up contracts in a snapshot.

use crate::store::{Account, Code, Snapshot, StoreError};
use crate::units::{Address, CodeHash};

/// Reads a contract's account and code entry.
pub(crate) fn contract_account(snapshot: &dyn Snapshot, address: &Address) -> Result<(Account, Code), StoreError> {
    let account = snapshot.account(address)?.ok_or(StoreError::NoAccount(*address))?;
    let code = account.code.ok_or(StoreError::NoContract(*address))?;
    Ok((account, code))
}

/// Reads a contract's code in binary format.
pub(crate) fn stored_code(snapshot: &dyn Snapshot, contract: &Address, hash: &CodeHash) -> Result<Vec<u8>, StoreError> {
    snapshot.code(hash)?.ok_or(StoreError::NoCode { contract: *contract, hash: *hash })
}
