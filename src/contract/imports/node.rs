//! Balances, by register.

use super::documented::{Documented, Module, functions};
use super::host_function::{ACCOUNT_CALL, HostFunction};
use super::svm::{NO_REGISTER, REG_BITS, REG_IDX};
use crate::contract::metadata::ValueType::I64;

const MODULE_NAME: &str = "node";

const NO_ADDRESS: &str = "`reg_bits` is not 160";

pub(super) const MODULE: Module = Module {
    name: MODULE_NAME,
    meaning: "balances, by register",
    memories: &[],
    inline: &[],
    functions: functions! { MODULE_NAME:
        "vmcall_get_balance" (REG_BITS REG_IDX) -> (I64) ACCOUNT_CALL
            "Returns the balance of the account whose address is in a register of 160 bits; 0 if there is no account."
            [NO_REGISTER, NO_ADDRESS];
        "get_balance_from_reg" (REG_BITS REG_IDX) -> (I64) ACCOUNT_CALL
            "Does the same as `vmcall_get_balance`."
            [NO_REGISTER, NO_ADDRESS];
    },
};
