//! Conversion of contract code to the binary format, and the limit of its size.

use std::borrow::Cow;

use super::inspector::limit;
use crate::contract::error::{ContractError, Place};
use crate::limits;

/// Converts contract code to the binary format: text is encoded, code in the binary format is returned unchanged.
///
/// # Errors
/// Returns [`ContractError::NotWasm`], [`ContractError::Text`], or [`ContractError::Limit`] for code over the size limit.
pub fn to_binary(code: &[u8]) -> Result<Cow<'_, [u8]>, ContractError> {
    check_size(code)?;
    if code.starts_with(b"\0asm") {
        return Ok(Cow::Borrowed(code));
    }
    let looks_like_text = code.trim_ascii_start().starts_with(b"(") || code.trim_ascii_start().starts_with(b";;");
    match std::str::from_utf8(code) {
        Ok(text) if looks_like_text => {
            wat::parse_str(text).map(Cow::Owned).map_err(|error| ContractError::Text { message: error.to_string() })
        }
        _ => Err(ContractError::NotWasm { found: code.len() }),
    }
}

pub(super) fn check_size(code: &[u8]) -> Result<(), ContractError> {
    limit("bytes of the contract", code.len() as u64, limits::MAX_MODULE_BYTES as u64, Place::at(0))
}
