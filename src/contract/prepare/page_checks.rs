//! The page checks before accesses to the storage memory.
//!
//! ```text
//! e     = address + offset            wrapping at 2^32
//! last  = e + width - 1               wrapping at 2^32
//! allow = table[e >> 12] & table[last >> 12]          (one look-up for a width of 1)
//! load:   if allow & 1 == 0    { fault_read (address + offset as i64, width) }
//! store:  if allow & 2 == 0    { fault_write(address + offset as i64, width) }
//! the access itself
//!
//! ```
//!
//! Wrapping is correct: the sums wrap only if the access reaches beyond 4 GiB, where there is no memory, so the access traps
//! in any case. If the check of the wrapped address passes, the access traps at once. If it fails, the fault function
//! receives the exact range in 64 bits, ignores it because it ends beyond the memory, and the access traps. The look-ups
//! themselves never trap, as every index is below 2^20, the size of the table.
//!
//! Loads and stores call the fault function through a mutable global. For a direct call of an import the compiler would load
//! the function's address and context before every loop and keep them in registers, which the loop then lacks. The content
//! of a mutable global is loaded only when it is called.

use wasm_encoder::MemArg;

use super::layout::Paging;
use super::writer::{Scratch, Writer};
use crate::contract::access::{Access, Direction};
use crate::contract::names;

/// Number of address bits within a page.
pub(super) const PAGE_BITS: i32 = 12;

/// Adds the check of one load or store. The check leaves the stack unchanged.
pub(super) fn check_access(writer: &mut Writer, access: Access, paging: Paging) {
    let address = writer.scratch(Scratch::Address);
    let operand = access.operand.map(|ty| writer.scratch(Scratch::Operand(ty)));
    if let Some(operand) = operand {
        writer.sink().local_set(operand);
    }
    writer.sink().local_tee(address);

    look_up(writer, address, access.offset as u32, paging);
    if access.width > 1 {
        look_up(writer, address, (access.offset as u32).wrapping_add(access.width - 1), paging);
        writer.sink().i32_and();
    }
    let fault = is_denied(writer, access.direction, paging);
    writer.if_unlikely();
    writer.sink().local_get(address).i64_extend_i32_u();
    if access.offset > 0 {
        writer.sink().i64_const(access.offset as i64).i64_add();
    }
    writer.sink().i64_const(i64::from(access.width)).global_get(fault).call_ref(paging.fault_type).end();

    if let Some(operand) = operand {
        writer.sink().local_get(operand);
    }
}

/// Replaces the page-table entries on the stack by whether they deny an access. Returns the global of the fault function.
pub(super) fn is_denied(writer: &mut Writer, direction: Direction, paging: Paging) -> u32 {
    let (bit, fault) = match direction {
        Direction::Read => (names::READ_BIT, paging.fault_read_global),
        Direction::Write => (names::WRITE_BIT, paging.fault_write_global),
    };
    writer.sink().i32_const(i32::from(bit)).i32_and().i32_eqz();
    fault
}

/// Pushes the page-table entry of the page that contains `address + offset`.
pub(super) fn look_up(writer: &mut Writer, address: u32, offset: u32, paging: Paging) {
    writer.sink().local_get(address);
    if offset > 0 {
        writer.sink().i32_const(offset as i32).i32_add();
    }
    entry(writer, paging);
}

/// Replaces an address on the stack by the page-table entry of its page.
pub(super) fn entry(writer: &mut Writer, paging: Paging) {
    let entry = MemArg { offset: 0, align: 0, memory_index: paging.table };
    writer.sink().i32_const(PAGE_BITS).i32_shr_u().i32_load8_u(entry);
}
