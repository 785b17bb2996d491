//! Input and output, context, nested calls, events.

use super::documented::{Documented, Module, OUTSIDE_MEMORY, Parameter, STATIC_WRITE, functions, i32, i64};
use super::host_function::{ACCOUNT_CALL, HOST_CALL, HostFunction};
use crate::contract::metadata::ValueType::{I32, I64};

const DST: Parameter = i32("dst");
const OFFSET: Parameter = i32("offset");
const PTR: Parameter = i32("ptr");
const LEN: Parameter = i32("len");
const ADDRESS_PTR: Parameter = i32("address_ptr");
const NAME_PTR: Parameter = i32("name_ptr");
const NAME_LEN: Parameter = i32("name_len");
const INPUT_PTR: Parameter = i32("input_ptr");
const INPUT_LEN: Parameter = i32("input_len");
const VALUE: Parameter = i64("value");
const GAS: Parameter = i64("gas");
const TOPICS_PTR: Parameter = i32("topics_ptr");
const TOPIC_COUNT: Parameter = i32("topic_count");
const DATA_PTR: Parameter = i32("data_ptr");
const DATA_LEN: Parameter = i32("data_len");
const EXPIRES_AFTER: Parameter = i64("expires_after");

const MODULE_NAME: &str = "vellum";

const LONG_OUTPUT: &str = "`len` exceeds the limit of output (`limit`)";
const LONG_NAME: &str = "the name is longer than 1,024 bytes or is not UTF-8";
const LONG_INPUT: &str = "`input_len` exceeds the limit of input";

pub(super) const MODULE: Module = Module {
    name: MODULE_NAME,
    meaning: "input and output, context, nested calls, events",
    memories: &[],
    inline: &[],
    functions: functions! { MODULE_NAME:
        "input_len" () -> (I32) HOST_CALL
            "Returns the length of the input in bytes."
            [];
        "input_copy" (DST OFFSET LEN) -> () HOST_CALL
            "Copies `len` bytes of the input, beginning at its byte `offset`, to own memory at `dst`."
            ["`offset` and `len` reach beyond the input", OUTSIDE_MEMORY];
        "return" (PTR LEN) -> () HOST_CALL
            "Ends the call as returned, with the `len` bytes of own memory at `ptr` as its output and with no results. \
             The instructions after it do not run."
            [OUTSIDE_MEMORY, LONG_OUTPUT];
        "revert" (PTR LEN) -> () HOST_CALL
            "Ends the call as reverted, with the `len` bytes of own memory at `ptr` as its output, and undoes its \
             effects. The instructions after it do not run."
            [OUTSIDE_MEMORY, LONG_OUTPUT];
        "panic" (PTR LEN) -> () HOST_CALL
            "Halts the call with kind `trap`. Its message is the first 256 bytes of the `len` bytes of text at `ptr`."
            [OUTSIDE_MEMORY];
        "caller" (DST) -> () HOST_CALL
            "Writes the 20 bytes of the caller's address to own memory at `dst`: the contract that made this call, or the \
             sender."
            [OUTSIDE_MEMORY];
        "origin" (DST) -> () HOST_CALL
            "Writes the 20 bytes of the address of the transaction's sender to own memory at `dst`."
            [OUTSIDE_MEMORY];
        "self_address" (DST) -> () HOST_CALL
            "Writes the 20 bytes of this contract's address to own memory at `dst`."
            [OUTSIDE_MEMORY];
        "value" () -> (I64) HOST_CALL
            "Returns the value that came with the call. The contract's balance includes it already."
            [];
        "balance_of" (ADDRESS_PTR) -> (I64) ACCOUNT_CALL
            "Returns the balance of the account whose address is in own memory at `address_ptr`; 0 if there is no \
             account."
            [OUTSIDE_MEMORY];
        "gas_left" () -> (I64) HOST_CALL
            "Returns the gas that the call has left, at most 2^63 - 1."
            [];
        "call" (ADDRESS_PTR NAME_PTR NAME_LEN INPUT_PTR INPUT_LEN VALUE GAS) -> (I32) HOST_CALL
            "Calls an export of a contract. Returns 0 if the callee returned, 1 if it reverted, 2 if it halted or did \
             not begin."
            [OUTSIDE_MEMORY, LONG_NAME, LONG_INPUT, "the call is static and `value` is not 0 (`static_write`)"];
        "call_static" (ADDRESS_PTR NAME_PTR NAME_LEN INPUT_PTR INPUT_LEN GAS) -> (I32) HOST_CALL
            "Does the same as `call` with value 0, as a static call."
            [OUTSIDE_MEMORY, LONG_NAME, LONG_INPUT];
        "emit" (TOPICS_PTR TOPIC_COUNT DATA_PTR DATA_LEN EXPIRES_AFTER) -> () HOST_CALL
            "Emits an event with `topic_count` topics of 32 bytes each, one after another at `topics_ptr`, and \
             `data_len` bytes of data. The event is kept for `expires_after` blocks; 0 means forever."
            [
                STATIC_WRITE,
                "`topic_count` exceeds 4",
                OUTSIDE_MEMORY,
                "`data_len` exceeds the limit of event data",
                "the transaction exceeds the limit of events or of event data (`limit`)",
            ];
        "output_len" () -> (I32) HOST_CALL
            "Returns the length in bytes of the output of the last nested call; 0 if there was none."
            [];
        "output_copy" (DST OFFSET LEN) -> () HOST_CALL
            "Copies `len` bytes of the output of the last nested call, beginning at its byte `offset`, to own memory \
             at `dst`."
            ["`offset` and `len` reach beyond that output", OUTSIDE_MEMORY];
        "log" (PTR LEN) -> () HOST_CALL
            "Adds the `len` bytes of text at `ptr` to the logs of the receipt. They are not stored, and are not undone."
            [OUTSIDE_MEMORY, "the transaction exceeds the limit of log text (`limit`)"];
        "block_number" () -> (I64) HOST_CALL
            "Returns the block number that was given with the transaction."
            [];
        "timestamp" () -> (I64) HOST_CALL
            "Returns the timestamp that was given with the transaction, in a unit of the sender's choice."
            [];
    },
};
