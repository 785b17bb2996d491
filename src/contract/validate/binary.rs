//! Conversion of contract code to the binary format, and the limit of its size.

use std::borrow::Cow;

use super::inspector::limit;
use super::text::text_error;
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
    // Some editors begin a text with a byte order mark.
    let text = code.strip_prefix("\u{feff}".as_bytes()).unwrap_or(code);
    let looks_like_text = ["(", ";;"].iter().any(|start| text.trim_ascii_start().starts_with(start.as_bytes()));
    match std::str::from_utf8(text) {
        Ok(text) if looks_like_text => wat::parse_str(text).map(Cow::Owned).map_err(|error| text_error(text, &error)),
        _ => Err(ContractError::NotWasm { found: code.len() }),
    }
}

pub(super) fn check_size(code: &[u8]) -> Result<(), ContractError> {
    limit("bytes of the contract", code.len() as u64, limits::MAX_MODULE_BYTES as u64, Place::at(0))
}
