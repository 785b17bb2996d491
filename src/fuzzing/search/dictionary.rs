//! The constants in a contract's code. Limits, prices and magic numbers are among them.

use std::collections::BTreeSet;

use wasmparser::{Operator, Parser, Payload};

/// The greatest number of constants.
const MOST: usize = 512;

/// Returns the integer constants of a module in binary format, each with the integers next to it.
pub(super) fn constants(wasm: &[u8]) -> BTreeSet<i64> {
    let mut found = BTreeSet::new();
    // The contract was validated when it was deployed, so no payload fails to parse.
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        let Payload::CodeSectionEntry(body) = payload else { continue };
        let Ok(operators) = body.get_operators_reader() else { continue };
        for operator in operators.into_iter().map_while(Result::ok) {
            let number = match operator {
                Operator::I32Const { value } => i64::from(value),
                Operator::I64Const { value } => value,
                _ => continue,
            };
            if found.len() < MOST {
                found.extend([number.wrapping_sub(1), number, number.wrapping_add(1)]);
            }
        }
    }
    found
}
