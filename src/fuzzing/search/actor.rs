//! The code of actors. An actor makes the calls that its orders list, and answers calls by the plan that came with the orders.
//!
//! An actor exports every name by which a contract has called an actor. So it can be the callee of every outgoing call whose
//! address is the caller's, or comes from the input or from storage.

/// The export that takes orders.
pub const DO: &str = "act on orders";

/// A name by which contracts call actors: an export of every actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ActorExport {
    pub(super) name: String,
    /// True if contracts call it statically.
    pub(super) read_only: bool,
}

/// Returns the code of an actor in text form, with an export for each name.
pub(super) fn code(names: &[ActorExport]) -> String {
    let exports = |read_only| -> String {
        let names = names.iter().filter(|export| export.read_only == read_only);
        names.map(|export| format!("(export {}) ", quoted(&export.name))).collect()
    };
    let text = include_str!("actor.wat").replace("@ANSWERS@", &exports(false));
    text.replace("@STATIC_ANSWERS@", &exports(true))
}

/// Quotes and escapes a name for the text form.
fn quoted(name: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' => format!("\\{:02x}", byte),
        0x20..=0x7e => char::from(byte).to_string(),
        _ => format!("\\{byte:02x}"),
    };
    format!("\"{}\"", name.bytes().map(escaped).collect::<String>())
}
