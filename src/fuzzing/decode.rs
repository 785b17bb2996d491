//! Every decoder of the crate on arbitrary bytes. Each must return, whatever the bytes are, and use little memory.

use std::fs;

use arbitrary::Unstructured;

use super::oracle::Oracle;
use super::script::{Profile, Scenario};
use crate::contract::{Checks, Imports, prepare, to_binary, validate};
use crate::proof::{Selection, prove_storage, verify_anything};
use crate::receipt::{decode_record, encode_receipt, encode_recorded};
use crate::store::{MemoryStore, PageStore, decode_anything, model};
use crate::units::{ByteOffset, PageIndex};
use crate::vm::Error;

/// The address space, in bytes, that decoding one input may add to the process.
const MOST_MEMORY: u64 = 64 << 20;

/// Passes bytes to every decoder.
///
/// # Errors
/// Returns an error if a decoder accepts bytes that it should refuse, or uses too much memory. Refusing invalid bytes is no
/// error.
pub fn decode(bytes: &[u8]) -> Result<(), String> {
    let before = most_memory();
    let (key, body) = bytes.split_at(bytes.len().min(usize::from(bytes.first().copied().unwrap_or_default() % 64)));
    decode_anything(key, body);
    verify_anything(bytes);
    if let Ok(recorded) = decode_record(bytes) {
        let again = decode_record(&encode_recorded(&recorded));
        if again.as_ref() != Ok(&recorded) {
            return Err(format!("a record differs after it was written and read again: {recorded:?}, {again:?}"));
        }
    }
    scenario(&String::from_utf8_lossy(bytes))?;
    wasm(bytes)?;
    let taken = most_memory().saturating_sub(before);
    if taken > MOST_MEMORY {
        Err(format!("decoding {} bytes took {taken} bytes of memory", bytes.len()))
    } else {
        Ok(())
    }
}

fn scenario(text: &str) -> Result<(), String> {
    let Ok(scenario) = text.parse::<Scenario>() else { return Ok(()) };
    let written = scenario.to_string();
    match written.parse::<Scenario>() {
        Ok(again) if again == scenario => Ok(()),
        again => Err(format!("a scenario differs after it was written and read again:\n{written}\n{again:?}")),
    }
}

/// Prepares code with every kind of page checks. That must work for all code that validation accepts.
fn wasm(code: &[u8]) -> Result<(), String> {
    let Ok(wasm) = to_binary(code) else { return Ok(()) };
    if validate(&wasm, &Imports::default()).is_err() {
        return Ok(());
    }
    Checks::KINDS.into_iter().try_for_each(|checks| match prepare(&wasm, &Imports::default(), checks) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("what is valid cannot be prepared with {checks:?}: {error}")),
    })
}

/// Returns the peak address space of the process in bytes, or 0 if the host does not tell.
fn most_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmPeak:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or_default() << 10
}

/// Returns valid records, texts and code, which [`nearly`] changes.
pub(super) fn examples() -> Result<Vec<Vec<u8>>, Error> {
    let mut examples = vec![to_binary(include_bytes!("interpreter.wat"))?.to_vec(), proof()?];
    let mut oracle = Oracle::with_pagers([crate::paging::PagerKind::Soft])?;
    for seed in 0..20 {
        let bytes = super::pseudo_random(seed, 2_000);
        let Ok(scenario) = Profile::ANYTHING.scenario(&mut Unstructured::new(&bytes)) else { continue };
        examples.push(scenario.to_string().into_bytes());
        if let Ok(receipts) = oracle.receipts(&scenario) {
            examples.extend(receipts.iter().map(encode_receipt));
        }
    }
    Ok(examples)
}

/// Returns the bytes of a proof of storage between its format and its checksum.
fn proof() -> Result<Vec<u8>, Error> {
    let store = MemoryStore::new();
    let address = model::address(1);
    model::deploy(&*store, address);
    let pages = [0, 2, 9].map(|index| (index, model::page_with(510, 7)));
    model::write_all(&*store, &[(address, pages.into_iter().collect())])?;
    let selection = Selection::new().page(PageIndex(2)).bytes(ByteOffset(500), 40).bytes(ByteOffset(1 << 20), 9);
    let bytes = prove_storage(&*store.snapshot()?, &address, &selection)?.bytes;
    Ok(bytes[13..bytes.len() - 8].to_vec())
}

/// Returns an example with up to eight bytes changed, or random bytes.
pub(super) fn nearly(examples: &[Vec<u8>], bytes: &[u8]) -> Vec<u8> {
    let mut u = Unstructured::new(bytes);
    let mut make = || -> arbitrary::Result<Vec<u8>> {
        if u.ratio(1, 4)? {
            return Ok(u.bytes(u.len().min(300))?.to_vec());
        }
        let mut input = u.choose(examples)?.clone();
        for _ in 0..u.int_in_range(0..=8)? {
            let at = u.choose_index(input.len().max(1))?;
            match u.int_in_range(0..=3)? {
                0 => input.truncate(at),
                1 => input.insert(at.min(input.len()), u.arbitrary()?),
                2 if at < input.len() => drop(input.remove(at)),
                _ if at < input.len() => input[at] = u.arbitrary()?,
                _ => {}
            }
        }
        Ok(input)
    };
    make().unwrap_or_default()
}
