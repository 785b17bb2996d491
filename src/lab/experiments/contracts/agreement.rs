//! Whether two contracts did the same: what they gave, and every page that they hold.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::contender::Contender;
use super::{Pair, SameCall};
use crate::lab::workloads::World;
use crate::lab::{LabError, StorageDifference};
use crate::paging::PagerKind;
use crate::store::StoreError;
use crate::units::{PAGE_SIZE, PageIndex};

/// Sets both contracts up, has each do the call once, and compares. Gives what a call of each must give from then on.
pub fn agree(pair: &Pair, call: &SameCall) -> Result<[Answer; 2], LabError> {
    let contender = |brought| Contender::new(pair, brought, PagerKind::Soft, World::in_memory()?);
    let (mut contract, mut against) = (contender(&pair.contract)?, contender(&pair.against)?);
    same_storage(&contract, &against, "the setup")?;
    contract.commits(call, 1)?;
    against.commits(call, 1)?;
    same(&contract, &against, call)?;
    match (contract.last, against.last) {
        (Some(contract), Some(against)) => Ok([contract, against]),
        _ => unreachable!("both have committed a call"),
    }
}

/// Compares arms that committed a call, each as often as it came to. The one that did so most often has its storage made
/// again, from its contract on a machine of its own, and on the way there each arm is compared with it.
pub fn same_end(pair: &Pair, call: &SameCall, contenders: &[Contender<'_>]) -> Result<(), LabError> {
    let mut arms: Vec<&Contender<'_>> = contenders.iter().filter(|arm| arm.committed > 0).collect();
    arms.sort_by_key(|arm| arm.committed);
    let Some(most) = arms.last() else { return Ok(()) };
    let mut judge = Contender::new(pair, most.brought, PagerKind::Soft, World::in_memory()?)?;
    for arm in arms {
        if arm.committed > judge.committed {
            judge.commits(call, arm.committed - judge.committed)?;
        }
        same(arm, &judge, call)?;
    }
    Ok(())
}

/// Two contenders that committed a call equally often gave the same the last time, and hold the same.
fn same(one: &Contender<'_>, other: &Contender<'_>, call: &SameCall) -> Result<(), LabError> {
    let when = match one.committed {
        1 => format!("\"{}\"", call.text()),
        times => format!("{times} times \"{}\"", call.text()),
    };
    if let (Some(mine), Some(theirs)) = (&one.last, &other.last)
        && !mine.same(theirs)
    {
        return Err(LabError::DifferentAnswers {
            when,
            one: one.brought.name.clone(),
            gave: mine.text(),
            other: other.brought.name.clone(),
            gave_other: theirs.text(),
        });
    }
    same_storage(one, other, &when)
}

/// Compares the storage of two contracts page by page.
fn same_storage(one: &Contender<'_>, other: &Contender<'_>, when: &str) -> Result<(), LabError> {
    let failed = |source: StoreError| LabError::Vm {
        attempted: format!("comparing the storage of {} and {}", one.brought.name, other.brought.name),
        source: source.into(),
    };
    let snapshot = |arm: &Contender<'_>| arm.world.vm().store().snapshot().map_err(failed);
    let (mine, theirs) = (snapshot(one)?, snapshot(other)?);
    let mut pages: BTreeSet<PageIndex> = mine.stored_pages(&one.address).map_err(failed)?.into_iter().collect();
    pages.extend(theirs.stored_pages(&other.address).map_err(failed)?);
    let mut differing = 0;
    let mut first = None;
    let (mut left, mut right) = ([0; PAGE_SIZE], [0; PAGE_SIZE]);
    for page in pages {
        mine.read_page(&one.address, page, &mut left).map_err(failed)?;
        theirs.read_page(&other.address, page, &mut right).map_err(failed)?;
        let Some(offset) = (0..PAGE_SIZE).find(|&at| left[at] != right[at]) else { continue };
        differing += 1;
        let word = |page: &[u8; PAGE_SIZE]| const_hex::encode(&page[offset..PAGE_SIZE.min(offset + 8)]);
        first.get_or_insert_with(|| (page, offset, word(&left), word(&right)));
    }
    let Some((page, offset, bytes, other_bytes)) = first else { return Ok(()) };
    Err(LabError::DifferentStorage(Box::new(StorageDifference {
        when: when.to_owned(),
        pages: differing,
        page,
        offset,
        one: one.brought.name.clone(),
        bytes,
        other: other.brought.name.clone(),
        other_bytes,
    })))
}
