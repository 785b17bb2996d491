//! Files of diffs.
//!
//! ```text
//! file:      "vellum diffs" 12 ‖ format version u8 (2) ‖ address 20 ‖ from version varint ‖ diffs varint
//!            ‖ 0, or 1 ‖ contract ‖ diff* ‖ checksum u64
//! contract:  page limit varint ‖ refuses re-entry u8 ‖ length of the wasm varint ‖ wasm
//! diff:      root before 32 ‖ root after 32 ‖ pages varint ‖ page*
//! page:      index minus that of the previous page (first page: the index) varint ‖ runs varint ‖ run*
//! run:       offset minus the end of the previous run (first run: the offset) varint ‖ length - 1 varint ‖ old XOR new
//! ```
//! The first diff leads from the named version to the next one, and so on. The checksum is xxh3 over all bytes before it. It
//! detects accidental damage; the state roots detect manipulation. Each integer has one encoding, so each file has one too.

use super::{Diff, PageRuns};
use crate::limits::MAX_STORAGE_PAGES;
use crate::store::codec::{self, DecodeError, Reader, Writer};
use crate::store::diff::part::{Runs, write_runs};
use crate::units::{Address, PageCount, PageIndex, STORAGE_PAGES_PER_WASM_PAGE, StateRoot, Version};

const MAGIC: &[u8; 12] = b"vellum diffs";

/// The format version that is written and read. In format version 1 the state roots were computed from hashes of whole pages.
const FORM: u8 = 2;

/// Consecutive diffs of one contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffFile {
    /// The contract.
    pub address: Address,
    /// The version from which the first diff starts.
    pub from: Version,
    /// The contract itself, for a store that does not have it yet. Only in a file from version 0.
    pub contract: Option<CarriedContract>,
    /// The diffs. Each leads to the next version.
    pub diffs: Vec<Diff>,
}

/// A contract as it was deployed, without its balance, which stays in its store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedContract {
    /// The code, in binary form.
    pub wasm: Vec<u8>,
    /// The page limit.
    pub max_pages: PageCount,
    /// True if no contract may call it while one of its calls runs.
    pub refuses_reentry: bool,
}

impl DiffFile {
    /// Returns the version to which the last diff leads.
    pub fn to(&self) -> Version {
        self.diffs.last().map_or(self.from, |last| last.to)
    }

    /// Encodes the file.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.raw(MAGIC).u8(FORM).raw(self.address.as_bytes()).varint(self.from.0).varint(self.diffs.len() as u64);
        match &self.contract {
            None => _ = writer.u8(0),
            Some(contract) => {
                writer.u8(1).varint(contract.max_pages.0.into()).u8(contract.refuses_reentry.into());
                writer.sized(&contract.wasm);
            }
        }
        for diff in &self.diffs {
            writer.raw(diff.before.as_bytes()).raw(diff.after.as_bytes()).varint(diff.pages.len() as u64);
            let mut last = 0;
            for PageRuns { page, runs } in &diff.pages {
                writer.varint((page.0 - last).into());
                write_runs(&mut writer, runs);
                last = page.0;
            }
        }
        writer.seal(MAGIC)
    }

    /// Decodes a file. Takes memory of at most a constant multiple of the file's length.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if !bytes.starts_with(MAGIC) {
            return Err(DecodeError::Invalid("beginning"));
        }
        let mut reader = Reader::new(codec::unseal(MAGIC, bytes)?);
        reader.raw(MAGIC.len())?;
        let found = reader.u8()?;
        if found != FORM {
            return Err(DecodeError::Form { found, supported: FORM });
        }
        let address = Address(reader.array()?);
        let from = Version(reader.varint()?);
        let count = reader.varint()?;
        from.0.checked_add(count).ok_or(DecodeError::Invalid("number of diffs"))?;
        let contract = match reader.u8()? {
            0 => None,
            1 => Some(CarriedContract::decode(&mut reader)?),
            _ => return Err(DecodeError::Invalid("kind")),
        };
        let mut diffs = Vec::new();
        for version in from.0..from.0 + count {
            diffs.push(decode_diff(address, Version(version), &mut reader)?);
        }
        reader.finish()?;
        Ok(Self { address, from, contract, diffs })
    }
}

impl CarriedContract {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let max_pages = u32::try_from(reader.varint()?).map_err(|_| DecodeError::Invalid("page limit"))?;
        let possible = STORAGE_PAGES_PER_WASM_PAGE..=MAX_STORAGE_PAGES.0;
        if !possible.contains(&max_pages) || max_pages % STORAGE_PAGES_PER_WASM_PAGE != 0 {
            return Err(DecodeError::Invalid("page limit"));
        }
        let refuses_reentry = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return Err(DecodeError::Invalid("re-entry")),
        };
        Ok(Self { max_pages: PageCount(max_pages), refuses_reentry, wasm: reader.sized()?.to_vec() })
    }
}

fn decode_diff(contract: Address, from: Version, reader: &mut Reader<'_>) -> Result<Diff, DecodeError> {
    let (before, after) = (StateRoot(reader.array()?), StateRoot(reader.array()?));
    let mut pages: Vec<PageRuns> = Vec::new();
    for _ in 0..reader.varint()? {
        let last = pages.last().map(|last| u64::from(last.page.0));
        let page = reader.varint()?.saturating_add(last.unwrap_or(0));
        if page >= u64::from(MAX_STORAGE_PAGES.0) || last == Some(page) {
            return Err(DecodeError::Invalid("page index"));
        }
        pages.push(PageRuns { page: PageIndex(page as u32), runs: Runs::read(reader)?.well_formed()? });
    }
    Ok(Diff { contract, from, to: Version(from.0 + 1), before, after, pages })
}
