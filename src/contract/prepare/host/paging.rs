//! A storage memory whose pages are loaded by faults. Absent pages are filled with poison.

use wasmtime::{AsContext, AsContextMut, Caller, Linker, Memory, MemoryType, Result, Store, bail};

use super::state::State;
use super::variant::Variant;
use crate::contract::imports::{STORAGE_MEMORY, STORAGE_MODULE};
use crate::contract::{Checks, names};
use crate::units::PAGE_SIZE;

/// The bytes of an absent page: code that reads one computes a wrong result.
const POISON: u8 = 0xa5;

/// Returns the content of the storage, from present pages and backing bytes. Fails if the code wrote a page without the right to
/// write, or touched an absent page.
pub(in crate::contract::prepare) fn whole(context: &impl AsContext<Data = State>) -> Result<Vec<u8>> {
    let state = context.as_context();
    let Some(storage) = state.data().storage else { return Ok(Vec::new()) };
    let Some((table, checks @ (Checks::All | Checks::Writes))) = state.data().table else {
        return Ok(storage.data(context).to_vec());
    };
    let mut whole = state.data().backing.clone();
    for (page, bytes) in storage.data(context).chunks(PAGE_SIZE).enumerate() {
        let current = &mut whole[page * PAGE_SIZE..(page + 1) * PAGE_SIZE];
        let rights = table.data(context)[page];
        if rights == 0 && bytes.iter().any(|byte| *byte != POISON) {
            bail!("under {checks:?} page {page} was written without a fault");
        }
        if rights == names::READ_BIT && bytes != current {
            bail!("under {checks:?} page {page} was written with only the right to read");
        }
        if rights & names::WRITE_BIT != 0 {
            current.copy_from_slice(bytes);
        }
    }
    Ok(whole)
}

/// Returns the initial entries of the page table.
fn first_rights(checks: Checks) -> u8 {
    if checks == Checks::Writes { names::READ_BIT } else { 0 }
}

pub(super) fn put_away(context: &mut impl AsContextMut<Data = State>) -> Result<()> {
    let state = context.as_context();
    let (Some(storage), Some((table, checks))) = (state.data().storage, state.data().table) else { return Ok(()) };
    let whole = whole(context)?;
    context.as_context_mut().data_mut().backing = whole;
    table.data_mut(&mut *context).fill(first_rights(checks));
    if checks == Checks::All {
        storage.data_mut(&mut *context).fill(POISON);
    }
    Ok(())
}

/// Returns varied bytes.
fn pattern(length: usize) -> Vec<u8> {
    (0..length as u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

pub(super) fn define_paging(
    linker: &mut Linker<State>,
    store: &mut Store<State>,
    variant: Variant,
    wasm_pages: u32,
) -> Result<()> {
    let storage = Memory::new(&mut *store, MemoryType::new(wasm_pages, Some(wasm_pages)))?;
    linker.define(&*store, STORAGE_MODULE, STORAGE_MEMORY, storage)?;
    store.data_mut().storage = Some(storage);
    let bytes = pattern(storage.data_size(&*store));
    storage.data_mut(&mut *store).copy_from_slice(&bytes);
    let Variant::Prepared(checks) = variant else { return Ok(()) };
    if checks == Checks::None {
        return Ok(());
    }
    if checks == Checks::All {
        storage.data_mut(&mut *store).fill(POISON);
    }
    store.data_mut().backing = bytes;
    let table = Memory::new(&mut *store, MemoryType::new(16, Some(16)))?;
    table.data_mut(&mut *store).fill(first_rights(checks));
    linker.define(&*store, names::PAGING_MODULE, names::PAGE_TABLE, table)?;
    store.data_mut().table = Some((table, checks));
    let faults = [(names::FAULT_READ, names::READ_BIT), (names::FAULT_WRITE, names::READ_BIT | names::WRITE_BIT)];
    for (name, rights) in faults {
        linker.func_wrap(names::PAGING_MODULE, name, move |caller: Caller<'_, State>, start: i64, length: i64| {
            fault(caller, start, length, rights);
        })?;
    }
    Ok(())
}

fn fault(mut caller: Caller<'_, State>, start: i64, length: i64, rights: u8) {
    let state = caller.data_mut();
    state.faults.push((rights, start, length));
    let (Some(storage), Some((table, checks))) = (state.storage, state.table) else { return };
    let (start, end) = (start as u64, (start + length) as u64);
    if length == 0 || end > storage.data_size(&caller) as u64 {
        return;
    }
    for page in start as usize / PAGE_SIZE..=(end as usize - 1) / PAGE_SIZE {
        let held = table.data(&caller)[page];
        if held == 0 && checks == Checks::All {
            let range = page * PAGE_SIZE..(page + 1) * PAGE_SIZE;
            let bytes = caller.data().backing[range.clone()].to_vec();
            storage.data_mut(&mut caller)[range].copy_from_slice(&bytes);
        }
        table.data_mut(&mut caller)[page] = held | rights;
    }
}
