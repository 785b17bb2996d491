//! The checks before bulk instructions that access the storage memory.
//!
//! ```text
//! page check of a range: as that of an access, for the first and the last byte of the range, or if the range is longer than a page
//!
//! part check of a range, if storage lies inside own memory:
//!     end = if start < base { size of own memory } else { end of storage }
//!     if start + length > end                 64-bit, not wrapping
//!         load beyond the memory              traps
//! ```
//! The engine compares ranges with the size of the whole memory, and would run into the gap between the parts on the host's side. So every
//! variant of the code has the part checks.

use wasm_encoder::MemArg;
use wasmparser::Operator;

use super::layout::{Inside, Layout, Paging};
use super::page_checks::{PAGE_BITS, entry, is_denied, look_up};
use super::writer::{Scratch, Writer};
use crate::contract::access::Direction;
use crate::limits::STORAGE_BASE;

/// The ranges of a bulk instruction that lie in the storage memory.
#[derive(Debug, Clone, Copy)]
struct Ranges {
    written: bool,
    read: bool,
}

/// Adds the checks of a bulk instruction. They leave the stack unchanged.
pub(super) fn check(writer: &mut Writer, layout: &Layout<'_>, operator: &Operator<'_>) {
    let is_storage = |memory: &u32| layout.is_storage(layout.accessed(*memory));
    let in_storage = match operator {
        Operator::MemoryFill { mem } | Operator::MemoryInit { mem, .. } => {
            Ranges { written: is_storage(mem), read: false }
        }
        Operator::MemoryCopy { dst_mem, src_mem } => Ranges { written: is_storage(dst_mem), read: is_storage(src_mem) },
        _ => return,
    };
    let of_bulk = |direction| layout.paging.is_some_and(|paging| paging.checks.of_bulk(direction));
    let paged = Ranges {
        written: in_storage.written && of_bulk(Direction::Write),
        read: in_storage.read && of_bulk(Direction::Read),
    };
    let inside = layout.inside();
    if inside.is_none() && !paged.written && !paged.read {
        return;
    }
    let destination = writer.scratch(Scratch::Address);
    let source = writer.scratch(Scratch::Source);
    let length = writer.scratch(Scratch::Length);
    writer.sink().local_set(length).local_set(source).local_tee(destination);
    if let Some(inside) = inside {
        for (start, _) in [(destination, in_storage.written), (source, in_storage.read)].into_iter().filter(|it| it.1) {
            check_part(writer, start, length, inside);
        }
    }
    if let Some(paging) = layout.paging {
        if paged.read {
            check_range(writer, source, length, Direction::Read, paging);
        }
        if paged.written {
            check_range(writer, destination, length, Direction::Write, paging);
        }
    }
    writer.sink().local_get(source).local_get(length);
}

/// Adds the check of a range. A range of at most a page lies in the pages of its first and its last byte, which are looked up. For a
/// longer one, the fault function is called once. If loads and stores are not checked, a right in the page table does not show that
/// a page is ready, so the fault function is always called.
fn check_range(writer: &mut Writer, start: u32, length: u32, direction: Direction, paging: Paging) {
    if !paging.checks.of_accesses(direction) {
        let fault = if direction == Direction::Read { paging.fault_read } else { paging.fault_write };
        writer.sink().local_get(start).i64_extend_i32_u().local_get(length).i64_extend_i32_u().call(fault);
        return;
    }
    look_up(writer, start, 0, paging);
    writer.sink().local_get(start).local_get(length).i32_add().i32_const(1).i32_sub();
    entry(writer, paging);
    writer.sink().i32_and();
    let fault = is_denied(writer, direction, paging);
    writer.sink().local_get(length).i32_const(1 << PAGE_BITS).i32_gt_u().i32_or();
    writer.if_unlikely();
    writer.sink().local_get(start).i64_extend_i32_u().local_get(length).i64_extend_i32_u();
    writer.sink().global_get(fault).call_ref(paging.fault_type).end();
}

/// Adds the part check of a range. An empty one may lie at the end of a part.
fn check_part(writer: &mut Writer, start: u32, length: u32, inside: Inside) {
    writer.sink().local_get(start).i64_extend_i32_u().local_get(length).i64_extend_i32_u().i64_add();
    for memory in [inside.own, inside.storage] {
        writer.sink().memory_size(memory).i64_extend_i32_u();
    }
    writer.sink().local_get(start).i32_const(STORAGE_BASE as i32).i32_lt_u().select();
    writer.sink().i64_const(16).i64_shl().i64_gt_u();
    writer.if_unlikely();
    let beyond = MemArg { offset: 0, align: 0, memory_index: inside.storage };
    writer.sink().i32_const(-1).i32_load8_u(beyond).drop().end();
}
