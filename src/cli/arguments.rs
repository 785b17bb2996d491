//! Parses values on the command line and in scenarios.

use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use vellum::contract::{Signature, ValueType};
use vellum::receipt::Value;
use vellum::units::Address;
use vellum::vm::View;

use super::error::CliError;
use super::integer::{Integer, bounds};

/// Parses an unsigned integer.
pub fn unsigned(text: &str) -> Result<u64, String> {
    let number = text.parse::<Integer>().ok().and_then(|Integer(number)| u64::try_from(number).ok());
    number.ok_or_else(|| format!("{text:?} is not an integer from 0 to {} (hex with 0x)", u64::MAX))
}

/// Parses a number of seconds.
pub fn seconds(text: &str) -> Result<Duration, String> {
    unsigned(text).map(Duration::from_secs)
}

/// Parses a page index or a number of pages.
pub fn page_number(text: &str) -> Result<u32, String> {
    u32::try_from(unsigned(text)?).map_err(|_| format!("{text} is out of range: it must be 0 to {}", u32::MAX))
}

/// Parses a range of bytes, `OFFSET..END`, that is not empty.
pub fn byte_range(text: &str) -> Result<Range<u64>, String> {
    let (offset, end) =
        text.split_once("..").ok_or("it should be OFFSET..END: the first byte, and the one after the last")?;
    let range = unsigned(offset)?..unsigned(end)?;
    if range.is_empty() { Err(format!("the range is empty: END should be more than {offset}")) } else { Ok(range) }
}

/// Bytes, given as hex.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HexBytes(pub Vec<u8>);

impl FromStr for HexBytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const_hex::decode(text).map(Self).map_err(|error| format!("not bytes of hex: {error}"))
    }
}

/// A topic of an event, given as hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic(pub [u8; 32]);

impl FromStr for Topic {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut topic = [0; 32];
        const_hex::decode_to_slice(text, &mut topic).map_err(|error| format!("not 32 bytes of hex: {error}"))?;
        Ok(Self(topic))
    }
}

/// Gives integers the types of an export's parameters.
///
/// For an export that does not exist it returns no arguments. The VM then refuses the call and lists the exports.
pub fn typed(view: &View, contract: &Address, function: &str, given: &[Integer]) -> Result<Vec<Value>, CliError> {
    match view.exports(contract)?.get(function) {
        Some(signature) => with_types(function, signature, given),
        None => Ok(Vec::new()),
    }
}

/// A call in one argument of the command line: the export and its integers, separated by spaces.
#[derive(Debug, Clone)]
pub struct CallText {
    pub function: String,
    pub arguments: Vec<Integer>,
}

impl FromStr for CallText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let function = words.next().ok_or("it must be the name of an export, followed by its arguments")?;
        Ok(Self { function: function.to_owned(), arguments: words.map(str::parse).collect::<Result<_, _>>()? })
    }
}

/// Gives integers the types of a function's parameters.
pub fn with_types(function: &str, signature: &Signature, given: &[Integer]) -> Result<Vec<Value>, CliError> {
    let function = || format!("{function} {signature}");
    let expected = signature.params.len();
    if expected != given.len() {
        return Err(CliError::ArgumentCount { function: function(), expected, given: given.len() });
    }
    let mut values = Vec::new();
    for (index, (ty, integer)) in signature.params.iter().zip(given).enumerate() {
        if !bounds(*ty).contains(&integer.0) {
            let (position, given, expected) = (index + 1, *integer, *ty);
            return Err(CliError::ArgumentRange { function: function(), position, given, expected });
        }
        // The upper half of the unsigned range has the same bits as the negative numbers.
        values.push(match ty {
            ValueType::I32 => Value::I32(integer.0 as i32),
            ValueType::I64 => Value::I64(integer.0 as i64),
        });
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_anything_that_its_parameter_has_bits_for() {
        let signature = Signature { params: vec![ValueType::I32, ValueType::I64], results: Vec::new() };
        let typed = |a: i128, b: i128| with_types("f", &signature, &[Integer(a), Integer(b)]);
        let [low, high] = [ValueType::I32, ValueType::I64].map(|ty| (*bounds(ty).start(), *bounds(ty).end()));
        assert_eq!(typed(low.0, high.0).unwrap(), [Value::I32(i32::MIN), Value::I64(i64::MIN)]);
        assert_eq!(typed(low.1, high.1).unwrap(), [Value::I32(-1), Value::I64(-1)]);
        assert!(matches!(typed(low.0 - 1, 0), Err(CliError::ArgumentRange { position: 1, .. })));
        assert!(matches!(typed(low.1 + 1, 0), Err(CliError::ArgumentRange { position: 1, .. })));
        assert!(matches!(typed(0, high.0 - 1), Err(CliError::ArgumentRange { position: 2, .. })));
        assert!(matches!(typed(0, high.1 + 1), Err(CliError::ArgumentRange { position: 2, .. })));
        for given in [&[][..], &[Integer(0)], &[Integer(0); 3]] {
            assert!(matches!(with_types("f", &signature, given), Err(CliError::ArgumentCount { expected: 2, .. })));
        }
    }
}
