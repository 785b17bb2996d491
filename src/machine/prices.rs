//! The prices that the host charges for calls. The contract layer puts the prices of instructions into the code.
//!
//! `design/prices.md` says how they were measured.

use crate::contract::{InstanceSize, Metadata};
use crate::receipt::{Halt, HaltKind};
use crate::units::Gas;

/// The price of each page that a transaction changes: hashing its changed chunks and the path above them, its record and its diff.
pub const CHANGED_PAGE: Gas = Gas(5_000);

/// The price of each page whose bytes a nested call has changed when it returns or reverts: its pre-image, and the comparison.
pub const PAGE_OF_CALL: Gas = Gas(1_500);

/// The price of each byte that a host call copies, the same as in wasm's bulk instructions.
pub const COPIED_BYTE: Gas = Gas(1);

/// The price of a nested call, beside the gas that it uses: the checkpoint, finding the contract and its machine.
pub const NESTED_CALL: Gas = Gas(2_500);

/// The price of a nested call that halts or does not begin, in addition: a trap is a signal. A caller that does not have it left cannot
/// make a call.
pub const HALTED_CALL: Gas = Gas(15_000);

/// The price of the first visit of a contract in a transaction, beside [`VISITED_BYTE`]: its account, region and first machine.
pub const VISIT: Gas = Gas(200_000);

/// The price of each byte of the code of a contract at its first visit.
pub const VISITED_BYTE: Gas = Gas(10);

/// The price of each memory of an instance, storage or own.
pub const INSTANCE_MEMORY: Gas = Gas(2_500);

/// The price of each table of an instance.
pub const INSTANCE_TABLE: Gas = Gas(2_500);

/// The price of each global of an instance, or of each instruction of its initial value. It is restored after a call.
pub const GLOBAL: Gas = Gas(200);

/// The price of each element of an element segment: the reference to its function.
pub const ELEMENT: Gas = Gas(60);

/// The price of each data or element segment, and of each instruction of its offset.
pub const SEGMENT: Gas = Gas(50);

/// The price of each page of own memory in which data segments set bytes.
pub const IMAGE_PAGE: Gas = Gas(2_000);

/// The price of each of the first [`SMALL_OWN_MEMORY`] wasm pages of own memory: a call may write them, and they are restored.
pub const SMALL_OWN_PAGE: Gas = Gas(2_000);

/// Number of wasm pages of own memory that are recycled.
pub const SMALL_OWN_MEMORY: u32 = 4;

/// The price of each further wasm page of own memory, also of one by which it grows: a call may write it, and the host provides its
/// 16 pages one by one.
pub const OWN_PAGE: Gas = Gas(50_000);

/// The price of each wasm page by which own memory in front of storage has grown, when a nested call of the same contract begins: the growth
/// is set aside. The first pages take longest: 16 of them 37 µs.
pub const GROWN_PAGE_SET_ASIDE: Gas = Gas(4_000);

/// The price of an event, beside its bytes.
pub const EVENT: Gas = Gas(200);

/// The price of the first visit of a contract with code of this size.
pub(crate) fn visit(code_bytes: usize) -> Gas {
    Gas(VISIT.0 + code_bytes as u64 * VISITED_BYTE.0)
}

/// The price of an instance, which every call of a contract pays, whether its instance is new or was kept.
pub(crate) fn instance(metadata: &Metadata) -> Gas {
    let InstanceSize { globals, elements, segments, image_pages } = metadata.instance;
    let own_pages = metadata.own_memory.as_ref().map_or(0, |memory| memory.initial_wasm_pages);
    let memories = u32::from(metadata.storage.is_mapped()) + u32::from(metadata.own_memory.is_some());
    let parts = [
        (memories, INSTANCE_MEMORY),
        (metadata.tables, INSTANCE_TABLE),
        (globals, GLOBAL),
        (elements, ELEMENT),
        (segments, SEGMENT),
        (image_pages, IMAGE_PAGE),
    ];
    let parts: u64 = parts.iter().map(|(count, price)| u64::from(*count) * price.0).sum();
    Gas(parts + own_memory(own_pages).0)
}

/// The price of an own memory of this size, for the time that it takes to write every page of it and to restore them.
pub(super) fn own_memory(wasm_pages: u32) -> Gas {
    let small = wasm_pages.min(SMALL_OWN_MEMORY);
    Gas(u64::from(small) * SMALL_OWN_PAGE.0 + u64::from(wasm_pages - small) * OWN_PAGE.0)
}

/// The price of setting aside own memory of this size in bytes that has grown from `initial`.
pub(crate) fn set_aside(bytes: usize, initial: usize) -> Gas {
    Gas((bytes.saturating_sub(initial) >> 16) as u64 * GROWN_PAGE_SET_ASIDE.0)
}

/// Returns the halt of a call that has less gas than it needs before it runs.
pub(crate) fn too_little(price: Gas) -> Halt {
    Halt {
        kind: HaltKind::OutOfGas,
        message: format!("the gas given does not suffice for the {price} of its visit and instance"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_for_authors_has_these_prices() {
        let page = include_str!("../../design/abi.md");
        for (what, gas) in [
            ("each byte that a host function copies", COPIED_BYTE),
            ("an event", EVENT),
            ("a nested call, beside what it uses", NESTED_CALL),
            ("a nested call with status 2, in addition", HALTED_CALL),
            ("each page of storage that a nested call has changed when it returns or reverts", PAGE_OF_CALL),
            ("each page of storage that the transaction changes", CHANGED_PAGE),
            ("the first visit of a contract in a transaction", VISIT),
            ("each byte of its code", VISITED_BYTE),
            ("the storage memory, and own memory", INSTANCE_MEMORY),
            ("each table", INSTANCE_TABLE),
            ("each global, or each instruction of its initial value", GLOBAL),
            ("each element of an element segment", ELEMENT),
            ("each data or element segment, and each instruction of its offset", SEGMENT),
            ("each page of own memory in which data segments set bytes", IMAGE_PAGE),
            ("each of the first 4 wasm pages of own memory", SMALL_OWN_PAGE),
            ("each further wasm page of own memory", OWN_PAGE),
            (
                "a nested call of a contract that waits, for each wasm page by which its own memory in front of storage has grown",
                GROWN_PAGE_SET_ASIDE,
            ),
        ] {
            let (thousands, rest) = (gas.0 / 1_000, gas.0 % 1_000);
            let number = if thousands > 0 { format!("{thousands},{rest:03}") } else { rest.to_string() };
            let row = format!("| {what} | {number} |");
            assert!(page.contains(&row), "design/abi.md has no row {row}");
        }
    }
}
