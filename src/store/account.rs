//! Accounts.

use super::codec::{self, DecodeError, Reader, Writer};
use crate::limits::MAX_STORAGE_PAGES;
use crate::units::{CodeHash, PageCount, STORAGE_PAGES_PER_WASM_PAGE, StateRoot, Version};

/// The record at an address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// The contract's code; `None` for an account that is not a contract.
    pub code: Option<Code>,
    /// The amount that the account holds.
    pub balance: u64,
    /// Number of committed top-level calls that it sent.
    pub nonce: u64,
    /// The state root of its storage.
    pub state: StateRoot,
    /// Number of commits that changed its storage.
    pub version: Version,
}

/// The code that a contract runs, and its page limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// SHA-256 of the wasm bytes.
    pub hash: CodeHash,
    /// The page limit: a multiple of 16.
    pub max_pages: PageCount,
    /// True if no contract may call it while one of its calls runs.
    pub refuses_reentry: bool,
}

/// Initial capacity for a record: enough for most accounts.
///
/// ```text
/// account:  balance varint ‖ nonce varint ‖ version varint ‖ [state root 32, if version > 0]
///           ‖ [code hash 32 ‖ page limit varint ‖ [1, if it refuses re-entry], if it has code] ‖ checksum u64
/// ```
const ENCODED_BYTES: usize = 128;

impl Account {
    pub(super) fn encode(&self, key: &[u8]) -> Vec<u8> {
        let mut writer = Writer::with_capacity(ENCODED_BYTES);
        writer.varint(self.balance).varint(self.nonce).varint(self.version.0);
        if self.version > Version(0) {
            writer.raw(self.state.as_bytes());
        }
        if let Some(code) = &self.code {
            writer.raw(code.hash.as_bytes()).varint(code.max_pages.0.into());
            if code.refuses_reentry {
                writer.u8(1);
            }
        }
        writer.seal(key)
    }

    pub(super) fn decode(key: &[u8], record: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(codec::unseal(key, record)?);
        let (balance, nonce, version) = (reader.varint()?, reader.varint()?, Version(reader.varint()?));
        let state = if version > Version(0) { StateRoot(reader.array()?) } else { StateRoot::ZERO };
        let code = if reader.is_empty() { None } else { Some(Code::decode(&mut reader)?) };
        reader.finish()?;
        Ok(Self { code, balance, nonce, state, version })
    }
}

impl Code {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let hash = CodeHash(reader.array()?);
        let max_pages = u32::try_from(reader.varint()?).map_err(|_| DecodeError::Invalid("page limit"))?;
        if max_pages > MAX_STORAGE_PAGES.0 || max_pages % STORAGE_PAGES_PER_WASM_PAGE != 0 {
            return Err(DecodeError::Invalid("page limit"));
        }
        let refuses_reentry = !reader.is_empty();
        if refuses_reentry && reader.u8()? != 1 {
            return Err(DecodeError::Invalid("re-entry"));
        }
        Ok(Self { hash, max_pages: PageCount(max_pages), refuses_reentry })
    }
}
