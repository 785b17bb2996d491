//! Host functions.

use super::rows::{Row, row};

/// A row for each host function, with small and large lengths.
pub fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = [
        ("input_len", "(local.set $i (call $input_len))"),
        ("caller", "(call $caller (i32.const 300))"),
        ("origin", "(call $origin (i32.const 300))"),
        ("self_address", "(call $self_address (i32.const 300))"),
        ("value", "(local.set $l (call $value))"),
        ("balance_of of this contract", "(local.set $l (call $balance_of (i32.const 100)))"),
        ("balance_of of no account", "(local.set $l (call $balance_of (i32.const 110)))"),
        ("gas_left", "(local.set $l (call $gas_left))"),
        (
            "gas_left after a copy",
            "(call $input_copy (i32.const 300) (i32.const 0) (i32.const 1)) (local.set $l (call $gas_left))",
        ),
        ("block_number", "(local.set $l (call $block_number))"),
        ("timestamp", "(local.set $l (call $timestamp))"),
        ("output_len", "(local.set $i (call $output_len))"),
        ("output_copy of 0 bytes", "(call $output_copy (i32.const 300) (i32.const 0) (i32.const 0))"),
        ("reg_replace_byte", "(call $replace_byte (i32.const 512) (i32.const 3) (i32.const 7) (i32.const 63))"),
        ("reg_read_be_i64", "(local.set $l (call $reg_read (i32.const 512) (i32.const 3)))"),
        ("reg_write_be_i64", "(call $reg_write (local.get $l) (i32.const 512) (i32.const 3))"),
        ("vmcall_get_balance", "(local.set $l (call $get_balance (i32.const 160) (i32.const 3)))"),
        ("get_balance_from_reg", "(local.set $l (call $get_balance_from_reg (i32.const 160) (i32.const 3)))"),
        ("a host function by call_indirect", "(call_indirect $t (i32.const 0))"),
    ]
    .map(|(name, code)| row(name, code))
    .into();
    for length in [0, 1, 64, 4_000] {
        rows.push(row(
            format!("input_copy of {length} bytes"),
            format!("(call $input_copy (i32.const 8192) (i32.const 0) (i32.const {length}))"),
        ));
    }
    for length in [1, 64] {
        rows.extend([
            row(format!("mem_to_reg_copy of {length} bytes"), format!("(call $mem_to_reg (i32.const 0) (i32.const 0) (i32.const {length}) (i32.const 512) (i32.const 0))")),
            row(format!("reg_to_mem_copy of {length} bytes"), format!("(call $reg_to_mem (i32.const 512) (i32.const 0) (i32.const {length}) (i32.const 0) (i32.const 300))")),
            row(format!("storage_read_to_reg of {length} bytes"), format!("(call $read_reg (i32.const 3) (i32.const 9) (i32.const {length}) (i32.const 512) (i32.const 0))")).paged(),
            row(format!("storage_read_to_reg of {length} bytes, with a slice index"), format!("(call $read_reg_6 (i32.const 3) (i32.const 0) (i32.const 9) (i32.const {length}) (i32.const 512) (i32.const 0))")).paged(),
            row(format!("storage_write_from_reg of {length} bytes"), format!("(call $write_reg (i32.const 512) (i32.const 0) (i32.const {length}) (i32.const 3) (i32.const 9))")).paged(),
            row(format!("storage_write_from_reg of {length} bytes, with a slice index"), format!("(call $write_reg_6 (i32.const 512) (i32.const 0) (i32.const {length}) (i32.const 3) (i32.const 0) (i32.const 9))")).paged(),
        ]);
    }
    for length in [1, 64, 4_000] {
        rows.extend([
            row(format!("storage_read_to_mem of {length} bytes"), format!("(call $read (i32.const 3) (i32.const 9) (i32.const {length}) (i32.const 0) (i32.const 8192))")).paged(),
            row(format!("storage_read_to_mem of {length} bytes, with a slice index"), format!("(call $read_6 (i32.const 3) (i32.const 0) (i32.const 9) (i32.const {length}) (i32.const 0) (i32.const 8192))")).paged(),
            row(format!("storage_write_from_mem of {length} bytes"), format!("(call $write (i32.const 0) (i32.const 8192) (i32.const {length}) (i32.const 3) (i32.const 9))")).paged(),
            row(format!("storage_write_from_mem of {length} bytes, with a slice index"), format!("(call $write_6 (i32.const 0) (i32.const 8192) (i32.const {length}) (i32.const 3) (i32.const 0) (i32.const 9))")).paged(),
        ]);
    }
    rows
}
