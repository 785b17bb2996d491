//! The comparison of two contracts: their answers, and every page of their storage.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::contract_arm::ContractArm;
use super::{Pair, PairCall};
use crate::lab::workloads::Testbed;
use crate::lab::{LabError, StorageDifference};
use crate::paging::PagerKind;
use crate::store::StoreError;
use crate::units::{PAGE_SIZE, PageIndex};

/// Sets both contracts up, commits the call once in each, and compares them. Returns the answers of the candidate and of the
/// reference, which every dry run of the call must repeat.
pub fn check_agreement(pair: &Pair, call: &PairCall) -> Result<[Answer; 2], LabError> {
    let deploy = |contract| ContractArm::new(pair, contract, PagerKind::Soft, Testbed::in_memory()?);
    let (mut candidate, mut reference) = (deploy(&pair.candidate)?, deploy(&pair.reference)?);
    compare_storage(&candidate, &reference, "the setup")?;
    candidate.commits(call, 1)?;
    reference.commits(call, 1)?;
    compare(&candidate, &reference, call)?;
    match (candidate.last, reference.last) {
        (Some(candidate), Some(reference)) => Ok([candidate, reference]),
        _ => unreachable!("both have committed a call"),
    }
}

/// Compares arms after different numbers of commits of the call. The contract with the most commits is replayed in another
/// testbed. Each arm is compared with the replay at its own number of commits.
pub fn check_final_storage(pair: &Pair, call: &PairCall, deployed: &[ContractArm<'_>]) -> Result<(), LabError> {
    let mut arms: Vec<&ContractArm<'_>> = deployed.iter().filter(|arm| arm.committed > 0).collect();
    arms.sort_by_key(|arm| arm.committed);
    let Some(most) = arms.last() else { return Ok(()) };
    let mut replay = ContractArm::new(pair, most.contract, PagerKind::Soft, Testbed::in_memory()?)?;
    for arm in arms {
        if arm.committed > replay.committed {
            replay.commits(call, arm.committed - replay.committed)?;
        }
        compare(arm, &replay, call)?;
    }
    Ok(())
}

/// Compares the last answers and the storage of two contracts that have committed the call equally often.
fn compare(one: &ContractArm<'_>, other: &ContractArm<'_>, call: &PairCall) -> Result<(), LabError> {
    let when = match one.committed {
        1 => format!("\"{}\"", call.text()),
        times => format!("{times} times \"{}\"", call.text()),
    };
    if let (Some(answer), Some(other_answer)) = (&one.last, &other.last)
        && !answer.agrees_with(other_answer)
    {
        return Err(LabError::DifferentAnswers {
            when,
            one: one.contract.name.clone(),
            gave: answer.text(),
            other: other.contract.name.clone(),
            gave_other: other_answer.text(),
        });
    }
    compare_storage(one, other, &when)
}

/// Compares the storage of two contracts, page by page.
fn compare_storage(one: &ContractArm<'_>, other: &ContractArm<'_>, when: &str) -> Result<(), LabError> {
    let failed = |source: StoreError| LabError::Vm {
        attempted: format!("comparing the storage of {} and {}", one.contract.name, other.contract.name),
        source: source.into(),
    };
    let snapshot = |arm: &ContractArm<'_>| arm.testbed.vm().store().snapshot().map_err(failed);
    let (snapshot, other_snapshot) = (snapshot(one)?, snapshot(other)?);
    let mut pages: BTreeSet<PageIndex> = snapshot.stored_pages(&one.address).map_err(failed)?.into_iter().collect();
    pages.extend(other_snapshot.stored_pages(&other.address).map_err(failed)?);
    let mut differing = 0;
    let mut first = None;
    let (mut bytes, mut other_bytes) = ([0; PAGE_SIZE], [0; PAGE_SIZE]);
    for page in pages {
        snapshot.read_page(&one.address, page, &mut bytes).map_err(failed)?;
        other_snapshot.read_page(&other.address, page, &mut other_bytes).map_err(failed)?;
        let Some(offset) = (0..PAGE_SIZE).find(|&at| bytes[at] != other_bytes[at]) else { continue };
        differing += 1;
        let word = |page: &[u8; PAGE_SIZE]| const_hex::encode(&page[offset..PAGE_SIZE.min(offset + 8)]);
        first.get_or_insert_with(|| (page, offset, word(&bytes), word(&other_bytes)));
    }
    let Some((page, offset, bytes, other_bytes)) = first else { return Ok(()) };
    Err(LabError::DifferentStorage(Box::new(StorageDifference {
        when: when.to_owned(),
        pages: differing,
        page,
        offset,
        one: one.contract.name.clone(),
        bytes,
        other: other.contract.name.clone(),
        other_bytes,
    })))
}
