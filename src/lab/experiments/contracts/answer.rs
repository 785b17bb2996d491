//! The answer of a call.

use crate::receipt::{Receipt, Value};
use crate::units::{Address, StateRoot};

/// The answer of a call. State roots of different contracts always differ, as their addresses are hashed too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    results: Vec<Value>,
    output: Vec<u8>,
    state: StateRoot,
}

impl Answer {
    pub fn of(receipt: &Receipt, address: &Address) -> Self {
        let touched = receipt.contracts.iter().find(|contract| contract.address == *address);
        let state = touched.and_then(|contract| contract.state_after).unwrap_or_default();
        Self { results: receipt.results.clone(), output: receipt.output.clone(), state }
    }

    /// True if a call of another contract gave the same results and output.
    pub fn agrees_with(&self, other: &Self) -> bool {
        (&self.results, &self.output) == (&other.results, &other.output)
    }

    /// The answer in words, for an error.
    pub fn text(&self) -> String {
        let output = const_hex::encode_prefixed(&self.output);
        format!("results {:?}, output {output} and state {}", self.results, self.state)
    }
}
