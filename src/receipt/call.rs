//! What a transaction is asked to do.

use super::value::Value;
use crate::limits::DEFAULT_GAS;
use crate::paging::PagerKind;
#[cfg(feature = "serde")]
use crate::units::serial;
use crate::units::{Address, Gas};

/// A top-level call of a contract's export. The defaults are right for most people: no input, no value, sent by the
/// zero address, [`DEFAULT_GAS`], under `soft`, in block 0 at time 0. Of its JSON, `contract` and `function` must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
#[must_use = "it is run by `Vm::run`"]
pub struct Call {
    /// The contract that is called.
    pub contract: Address,
    /// The export that is called.
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
    /// A call of `function` of the contract at an address.
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

    /// The export's arguments, of its types. As JSON a number is an `i32` if it fits one and a string is an `i64`, as what is
    /// read does not know the export.
    pub fn args(mut self, arguments: impl Into<Vec<Value>>) -> Self {
        self.arguments = arguments.into();
        self
    }

    /// The bytes that the contract reads with `input_copy`; at most [`crate::limits::MAX_DATA_BYTES`].
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Who sends and pays.
    pub fn sender(mut self, sender: Address) -> Self {
        self.sender = sender;
        self
    }

    /// The nonce that the sender must have; any, when it is not set.
    pub fn nonce(mut self, nonce: u64) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// Money that goes from the sender to the contract.
    pub fn value(mut self, value: u64) -> Self {
        self.value = value;
        self
    }

    /// The most gas that the call may use.
    pub fn gas(mut self, gas: Gas) -> Self {
        self.gas = gas;
        self
    }

    /// How storage is presented. Results do not depend on it.
    pub fn pager(mut self, pager: PagerKind) -> Self {
        self.pager = pager;
        self
    }

    /// The block number that the contract sees.
    pub fn block_number(mut self, number: u64) -> Self {
        self.block_number = number;
        self
    }

    /// The time that the contract sees; never the host's clock.
    pub fn timestamp(mut self, timestamp: u64) -> Self {
        self.timestamp = timestamp;
        self
    }
}
