//! The search's own contracts: an actor calls what it is told to, and answers calls as it was told to beforehand.
//!
//! An actor exports every name by which a contract has called one, so it is there in every outgoing call that takes its
//! address from the caller, from the input or from storage.

/// The export that takes orders.
pub const DO: &str = "act on orders";

/// A name that actors answer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) name: String,
    /// Whether it is called by calls that may only read.
    pub(super) read_only: bool,
}

/// An actor's code in text form, with an export for each name.
pub(super) fn code(names: &[Answered]) -> String {
    let exports = |read_only| -> String {
        let names = names.iter().filter(|answered| answered.read_only == read_only);
        names.map(|answered| format!("(export {}) ", quoted(&answered.name))).collect()
    };
    let text = include_str!("actor.wat").replace("@ANSWERS@", &exports(false));
    text.replace("@STATIC_ANSWERS@", &exports(true))
}

/// A name as text format has it.
fn quoted(name: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' => format!("\\{:02x}", byte),
        0x20..=0x7e => char::from(byte).to_string(),
        _ => format!("\\{byte:02x}"),
    };
    format!("\"{}\"", name.bytes().map(escaped).collect::<String>())
}
