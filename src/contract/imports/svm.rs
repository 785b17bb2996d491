//! Page slices and registers. Functions that copy a slice have a second form with a slice index, which is ignored.

use super::documented::{Documented, Module, OUTSIDE_MEMORY, Parameter, STATIC_WRITE, functions, i32, i64};
use super::host_function::{HostFunction, REGISTER_CALL, STORAGE_CALL};
use crate::contract::metadata::ValueType::I64;

/// The page of a slice.
pub const PAGE: Parameter = i32("page");
/// An offset in a page or a register, in bytes.
pub const OFFSET: Parameter = i32("offset");
/// The number of bytes to copy.
pub const LEN: Parameter = i32("len");
/// The index of the memory to copy from or to: always 0.
pub const MEM_IDX: Parameter = i32("mem_idx");
const SLICE: Parameter = i32("slice");
const MEM_OFFSET: Parameter = i32("mem_offset");
pub(super) const REG_BITS: Parameter = i32("reg_bits");
pub(super) const REG_IDX: Parameter = i32("reg_idx");
const BYTE: Parameter = i32("byte");
const VALUE: Parameter = i64("value");

const MODULE_NAME: &str = "svm";

const NOT_A_PAGE: &str = "`page` is negative or not below the page limit";
const NOT_IN_PAGE: &str = "`offset` is not 0 to 4,095";
const EMPTY: &str = "`len` is below 1";
const OVER_PAGE: &str = "`offset` + `len` exceeds 4,096";
const OTHER_MEMORY: &str = "`mem_idx` is not 0";
pub(super) const NO_REGISTER: &str = "no register has these `reg_bits` and `reg_idx`";
const OVER_REGISTER: &str = "`len` exceeds the size of the register";
const SHORT_REGISTER: &str = "the register has fewer than 8 bytes";

pub(super) const MODULE: Module = Module {
    name: MODULE_NAME,
    meaning: "page slices and registers",
    memories: &[],
    inline: &[],
    functions: functions! { MODULE_NAME:
        "mem_to_reg_copy" (MEM_IDX MEM_OFFSET LEN REG_BITS REG_IDX) -> () REGISTER_CALL
            "Copies the `len` bytes of own memory at `mem_offset` to the start of a register, and clears the rest of \
             the register."
            [EMPTY, OTHER_MEMORY, NO_REGISTER, OVER_REGISTER, OUTSIDE_MEMORY];
        "reg_to_mem_copy" (REG_BITS REG_IDX LEN MEM_IDX MEM_OFFSET) -> () REGISTER_CALL
            "Copies the first `len` bytes of a register to own memory at `mem_offset`."
            [EMPTY, OTHER_MEMORY, NO_REGISTER, OVER_REGISTER, OUTSIDE_MEMORY];
        "storage_read_to_reg" (PAGE OFFSET LEN REG_BITS REG_IDX) -> () STORAGE_CALL
            "Copies a slice of storage to the start of a register, and clears the rest of the register."
            [NOT_A_PAGE, NOT_IN_PAGE, EMPTY, OVER_PAGE, NO_REGISTER, OVER_REGISTER];
        "storage_read_to_reg" (PAGE SLICE OFFSET LEN REG_BITS REG_IDX) -> () STORAGE_CALL as "storage_read_to_reg/6"
            "Does the same as the form with five parameters; `slice` is ignored."
            [NOT_A_PAGE, NOT_IN_PAGE, EMPTY, OVER_PAGE, NO_REGISTER, OVER_REGISTER];
        "storage_read_to_mem" (PAGE OFFSET LEN MEM_IDX MEM_OFFSET) -> () STORAGE_CALL
            "Copies a slice of storage to own memory at `mem_offset`."
            [NOT_A_PAGE, NOT_IN_PAGE, EMPTY, OVER_PAGE, OTHER_MEMORY, OUTSIDE_MEMORY];
        "storage_read_to_mem" (PAGE SLICE OFFSET LEN MEM_IDX MEM_OFFSET) -> () STORAGE_CALL as "storage_read_to_mem/6"
            "Does the same as the form with five parameters; `slice` is ignored."
            [NOT_A_PAGE, NOT_IN_PAGE, EMPTY, OVER_PAGE, OTHER_MEMORY, OUTSIDE_MEMORY];
        "storage_write_from_mem" (MEM_IDX MEM_OFFSET LEN PAGE OFFSET) -> () STORAGE_CALL
            "Copies the `len` bytes of own memory at `mem_offset` to a slice of storage."
            [NOT_A_PAGE, NOT_IN_PAGE, EMPTY, OVER_PAGE, OTHER_MEMORY, OUTSIDE_MEMORY, STATIC_WRITE];
        "storage_write_from_mem" (MEM_IDX MEM_OFFSET LEN PAGE SLICE OFFSET) -> () STORAGE_CALL
            as "storage_write_from_mem/6"
            "Does the same as the form with five parameters; `slice` is ignored."
            [NOT_A_PAGE, NOT_IN_PAGE, EMPTY, OVER_PAGE, OTHER_MEMORY, OUTSIDE_MEMORY, STATIC_WRITE];
        "storage_write_from_reg" (REG_BITS REG_IDX LEN PAGE OFFSET) -> () STORAGE_CALL
            "Copies the first `len` bytes of a register to a slice of storage."
            [NOT_A_PAGE, NOT_IN_PAGE, EMPTY, OVER_PAGE, NO_REGISTER, OVER_REGISTER, STATIC_WRITE];
        "storage_write_from_reg" (REG_BITS REG_IDX LEN PAGE SLICE OFFSET) -> () STORAGE_CALL
            as "storage_write_from_reg/6"
            "Does the same as the form with five parameters; `slice` is ignored."
            [NOT_A_PAGE, NOT_IN_PAGE, EMPTY, OVER_PAGE, NO_REGISTER, OVER_REGISTER, STATIC_WRITE];
        "reg_replace_byte" (REG_BITS REG_IDX BYTE OFFSET) -> () REGISTER_CALL
            "Sets the byte of a register at `offset`."
            [NO_REGISTER, "`byte` is not 0 to 255", "`offset` is not in the register"];
        "reg_read_be_i64" (REG_BITS REG_IDX) -> (I64) REGISTER_CALL
            "Returns the first 8 bytes of a register as an integer, big-endian: the first byte is the most \
             significant one."
            [NO_REGISTER, SHORT_REGISTER];
        "reg_write_be_i64" (VALUE REG_BITS REG_IDX) -> () REGISTER_CALL
            "Writes an integer to the first 8 bytes of a register, big-endian, and clears the rest of the register."
            [NO_REGISTER, SHORT_REGISTER];
    },
};
