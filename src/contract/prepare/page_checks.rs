//! The checks put before accesses to the storage memory.
//!
//! ```text
//! e     = address + offset            wrapping at 2^32
//! last  = e + width - 1               wrapping at 2^32
//! allow = table[e >> 12] & table[last >> 12]          (one look-up for a width of 1)
//! load:   if allow & 1 == 0    { fault_read (address + offset as i64, width) }
//! store:  if allow & 2 == 0    { fault_write(address + offset as i64, width) }
//! the access itself
//! ```
//!
//! Why wrapping is right: the sums wrap only when the access reaches beyond 4 GiB, where no memory is, and then the
//! access traps whatever the check found. If the check of the wrapped address passes, the access traps at once. If it
//! does not, the fault function is given the exact range in 64 bits, sees that it ends beyond the memory and returns,
//! and the access traps. The look-ups themselves never trap: an index is below 2^20, the size of the table.
//!
//! Loads and stores call the fault function through a mutable global. A direct call of an import would have the compiler
//! load the function's address and context ahead of every loop and keep them in registers, of which the loop then has
//! too few; what a mutable global holds is loaded when it is called.

use wasm_encoder::MemArg;
use wasmparser::Operator;

use super::layout::Paging;
use super::writer::{Scratch, Writer};
use crate::contract::access::{Access, Direction};
use crate::contract::names;

/// Bits of an address within a page.
const PAGE_BITS: i32 = 12;

/// Checks one load or store. The stack is as it was afterwards.
pub(super) fn access(writer: &mut Writer, access: Access, paging: Paging) {
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
    let (bit, fault) = match access.direction {
        Direction::Read => (names::READ_BIT, paging.fault_read_global),
        Direction::Write => (names::WRITE_BIT, paging.fault_write_global),
    };
    writer.sink().i32_const(i32::from(bit)).i32_and().i32_eqz();
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

/// Pushes the table entry of the page that holds `address + offset`.
fn look_up(writer: &mut Writer, address: u32, offset: u32, paging: Paging) {
    let entry = MemArg { offset: 0, align: 0, memory_index: paging.table };
    writer.sink().local_get(address);
    if offset > 0 {
        writer.sink().i32_const(offset as i32).i32_add();
    }
    writer.sink().i32_const(PAGE_BITS).i32_shr_u().i32_load8_u(entry);
}

/// Checks a bulk operation, if it touches the storage memory: the fault functions see whole ranges, always.
pub(super) fn bulk(writer: &mut Writer, operator: &Operator<'_>, paging: Paging, storage: u32) {
    let (written, read) = match operator {
        Operator::MemoryFill { mem } | Operator::MemoryInit { mem, .. } => (*mem == storage, false),
        Operator::MemoryCopy { dst_mem, src_mem } => (*dst_mem == storage, *src_mem == storage),
        _ => return,
    };
    let written = written && paging.checks.of_bulk(Direction::Write);
    let read = read && paging.checks.of_bulk(Direction::Read);
    if !written && !read {
        return;
    }
    let destination = writer.scratch(Scratch::Address);
    let source = writer.scratch(Scratch::Source);
    let length = writer.scratch(Scratch::Length);
    writer.sink().local_set(length).local_set(source).local_tee(destination);
    if read {
        range(writer, source, length, paging.fault_read);
    }
    if written {
        range(writer, destination, length, paging.fault_write);
    }
    writer.sink().local_get(source).local_get(length);
}

fn range(writer: &mut Writer, start: u32, length: u32, fault: u32) {
    writer.sink().local_get(start).i64_extend_i32_u().local_get(length).i64_extend_i32_u().call(fault);
}
