//! The top-level call of a transaction.

use super::value::Value;
use crate::limits::DEFAULT_GAS;
use crate::paging::PagerKind;
#[cfg(feature = "serde")]
use crate::units::serial;
use crate::units::{Address, Gas};

/// A top-level call of a contract's export. By default it has no input and no value, is sent by the zero address, has
/// [`DEFAULT_GAS`], and runs under `soft` in block 0 at time 0. Its JSON must have `contract` and `function`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
#[must_use = "`Vm::run` runs it"]
pub struct Call {
    /// The address of the contract.
    pub contract: Address,
    /// The name of the export.
    pub function: String,
    /// See [`args`](Self::args).
    #[cfg_attr(feature = "serde", serde(rename = "args", default))]
    pub arguments: Vec<Value>,
    /// See [`input`](Self::input).
    #[cfg_attr(feature = "serde", serde(with = "serial::hex", default))]
    pub input: Vec<u8>,
    /// See [`sender`](Self::sender).
    #[cfg_attr(feature = "serde", serde(default))]
    pub sender: Address,
    /// See [`nonce`](Self::nonce).
    #[cfg_attr(feature = "serde", serde(with = "serial::decimal_or_null", default))]
    pub nonce: Option<u64>,
    /// See [`value`](Self::value).
    #[cfg_attr(feature = "serde", serde(with = "serial::decimal", default))]
    pub value: u64,
    /// See [`gas`](Self::gas).
    #[cfg_attr(feature = "serde", serde(default = "default_gas"))]
    pub gas: Gas,
    /// See [`pager`](Self::pager).
    #[cfg_attr(feature = "serde", serde(with = "serial::name", default))]
    pub pager: PagerKind,
    /// See [`block_number`](Self::block_number).
    #[cfg_attr(feature = "serde", serde(rename = "block", with = "serial::decimal", default))]
    pub block_number: u64,
    /// See [`timestamp`](Self::timestamp).
    #[cfg_attr(feature = "serde", serde(with = "serial::decimal", default))]
    pub timestamp: u64,
}

#[cfg(feature = "serde")]
fn default_gas() -> Gas {
    DEFAULT_GAS
}

impl Call {
    /// Returns a call of the export `function` of the contract at an address.
    pub fn new(contract: Address, function: impl Into<String>) -> Self {
        Self {
            contract,
            function: function.into(),
            arguments: Vec::new(),
            input: Vec::new(),
            sender: Address::ZERO,
            nonce: None,
            value: 0,
            gas: DEFAULT_GAS,
            pager: PagerKind::default(),
            block_number: 0,
            timestamp: 0,
        }
    }

    /// Sets the arguments, which must have the types of the export. In JSON a number is an `i32` if it fits one, and a string is
    /// an `i64`: the types of the export are unknown when JSON is read.
    pub fn args(mut self, arguments: impl Into<Vec<Value>>) -> Self {
        self.arguments = arguments.into();
        self
    }

    /// Sets the bytes that the contract reads with `input_copy`, at most [`crate::limits::MAX_DATA_BYTES`].
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Sets the account that sends the transaction and pays its value.
    pub fn sender(mut self, sender: Address) -> Self {
        self.sender = sender;
        self
    }

    /// Sets the nonce that the sender must have. By default any nonce is accepted.
    pub fn nonce(mut self, nonce: u64) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// Sets the value that is transferred from the sender to the contract.
    pub fn value(mut self, value: u64) -> Self {
        self.value = value;
        self
    }

    /// Sets the maximum gas that the call may use.
    pub fn gas(mut self, gas: Gas) -> Self {
        self.gas = gas;
        self
    }

    /// Sets the pager. It does not change results.
    pub fn pager(mut self, pager: PagerKind) -> Self {
        self.pager = pager;
        self
    }

    /// Sets the block number that the contract sees.
    pub fn block_number(mut self, number: u64) -> Self {
        self.block_number = number;
        self
    }

    /// Sets the time that the contract sees, which is never the host's clock.
    pub fn timestamp(mut self, timestamp: u64) -> Self {
        self.timestamp = timestamp;
        self
    }
}
