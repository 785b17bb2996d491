//! The checks of a call before it runs.

use std::collections::BTreeMap;

use super::error::TransactionError;
use crate::contract::{Signature, ValueType};
use crate::limits::MAX_DATA_BYTES;
use crate::receipt::Call;
use crate::store::Snapshot;
use crate::units::Address;

/// Checks the length of the input, and the nonce if the call has one.
pub(super) fn check_sender(snapshot: &dyn Snapshot, call: &Call) -> Result<(), TransactionError> {
    if call.input.len() > MAX_DATA_BYTES {
        return Err(TransactionError::InputLength { given: call.input.len(), limit: MAX_DATA_BYTES });
    }
    let Some(given) = call.nonce else { return Ok(()) };
    let recorded = snapshot.account(&call.sender)?.map_or(0, |account| account.nonce);
    if given == recorded { Ok(()) } else { Err(TransactionError::Nonce { sender: call.sender, recorded, given }) }
}

/// Checks that the export exists and takes these arguments.
pub(super) fn check_arguments(call: &Call, exports: &BTreeMap<String, Signature>) -> Result<(), TransactionError> {
    let Some(signature) = exports.get(&call.function) else { return Err(no_export(call, exports)) };
    let given = call.arguments.iter().map(|value| value.ty());
    if given.clone().eq(signature.params.iter().copied()) {
        return Ok(());
    }
    Err(TransactionError::Arguments {
        function: format!("the function {:?} of the contract at {}", call.function, call.contract),
        expected: list(signature.params.iter().copied()),
        given: list(given),
    })
}

fn list(types: impl Iterator<Item = ValueType>) -> String {
    let types: Vec<String> = types.map(|ty| ty.to_string()).collect();
    format!("({})", types.join(", "))
}

fn no_export(call: &Call, exports: &BTreeMap<String, Signature>) -> TransactionError {
    const SHOWN: usize = 20;
    // Names of exports are untrusted text.
    let mut known: Vec<String> = exports.keys().take(SHOWN).map(|name| name.escape_debug().to_string()).collect();
    if exports.len() > SHOWN {
        known.push("…".to_owned());
    }
    let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
    let contract: Address = call.contract;
    TransactionError::NoExport { contract, function: call.function.clone(), known }
}
