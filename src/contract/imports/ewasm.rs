//! Windows.

use super::documented::{Documented, Module, OUTSIDE_MEMORY, Parameter, functions, i32};
use super::host_function::{HostFunction, STORAGE_CALL};

const MEMORY_OFFSET: Parameter = i32("memory_offset");
const STORAGE_OFFSET: Parameter = i32("storage_offset");
const STORAGE_LENGTH: Parameter = i32("storage_length");

const MODULE_NAME: &str = "ewasm";

pub(super) const MODULE: Module = Module {
    name: MODULE_NAME,
    meaning: "windows: copies of storage in own memory",
    memories: &[],
    inline: &[],
    functions: functions! { MODULE_NAME:
        "storageMap" (MEMORY_OFFSET STORAGE_OFFSET STORAGE_LENGTH) -> () STORAGE_CALL
            "Copies a range of storage to own memory and keeps it as a window: what the contract changes there is \
             written back to storage at its outgoing calls and when the call returns."
            [
                "one of the arguments is not a multiple of 4,096",
                "the range of storage reaches beyond the page limit",
                OUTSIDE_MEMORY,
                "it overlaps another window of the call, in own memory or in storage",
                "when the window is written back: the call is static and the window has changed (`static_write`)",
            ];
    },
};
