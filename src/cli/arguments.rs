//! Text from the command line or a scenario, read as values.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use vellum::contract::{Signature, ValueType};
use vellum::receipt::Value;
use vellum::units::Address;
use vellum::vm::Vm;

use super::error::CliError;

/// An integer of at most 64 bits, signed or unsigned, before its type is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Integer(i128);

const LOWEST: i128 = i64::MIN as i128;
const HIGHEST: i128 = u64::MAX as i128;

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Integer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (digits, radix) = match digits.strip_prefix("0x") {
            Some(digits) => (digits, 16),
            None => (digits, 10),
        };
        // The standard library would accept another sign here.
        let number = Some(digits).filter(|digits| digits.starts_with(|first: char| first.is_ascii_hexdigit()));
        number
            .and_then(|digits| u64::from_str_radix(digits, radix).ok())
            .map(|magnitude| sign * i128::from(magnitude))
            .filter(|number| (LOWEST..=HIGHEST).contains(number))
            .map(Self)
            .ok_or_else(|| format!("{text:?} is not an integer of 64 bits ({LOWEST} to {HIGHEST}; hex with 0x)"))
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Integer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer, as a number or as text")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Integer, E> {
                Ok(Integer(number.into()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Integer, E> {
                Ok(Integer(number.into()))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Integer, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Text)
    }
}

/// An amount, a number or an offset.
pub fn unsigned(text: &str) -> Result<u64, String> {
    let Integer(number) = text.parse()?;
    u64::try_from(number).map_err(|_| format!("{text} is negative: it should be 0 to {}", u64::MAX))
}

/// A page index, or a number of pages.
pub fn page_number(text: &str) -> Result<u32, String> {
    u32::try_from(unsigned(text)?).map_err(|_| format!("{text} is no number of a page: 0 to {}", u32::MAX))
}

/// Bytes as hex.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HexBytes(pub Vec<u8>);

impl FromStr for HexBytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const_hex::decode(text).map(Self).map_err(|error| format!("not bytes of hex: {error}"))
    }
}

/// A topic of events.
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
/// An export that does not exist gets no arguments here: the VM refuses the call and names what there is.
pub fn typed(vm: &Vm, contract: &Address, function: &str, given: &[Integer]) -> Result<Vec<Value>, CliError> {
    match vm.now()?.exports(contract)?.get(function) {
        Some(signature) => with_types(function, signature, given),
        None => Ok(Vec::new()),
    }
}

/// A call as it is written in one argument: the export and its integers, with spaces between.
#[derive(Debug, Clone)]
pub struct CallText {
    pub function: String,
    pub arguments: Vec<Integer>,
}

impl FromStr for CallText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let function = words.next().ok_or("it should name an exported function, and then its arguments")?;
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
        // The upper half of the unsigned range stands for the same bits as the negative numbers.
        values.push(match ty {
            ValueType::I32 => Value::I32(integer.0 as i32),
            ValueType::I64 => Value::I64(integer.0 as i64),
        });
    }
    Ok(values)
}

/// What can be written for a parameter: from the lowest signed to the highest unsigned number of its width.
fn bounds(ty: ValueType) -> RangeInclusive<i128> {
    match ty {
        ValueType::I32 => i32::MIN.into()..=u32::MAX.into(),
        ValueType::I64 => i64::MIN.into()..=u64::MAX.into(),
    }
}

/// A type and what can be written for it.
pub fn range_words(ty: ValueType) -> String {
    let bounds = bounds(ty);
    format!("an {ty}, which is {} to {}", bounds.start(), bounds.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_decimal_or_hex_and_of_64_bits() {
        for (text, number) in [
            ("0", 0),
            ("-0", 0),
            ("007", 7),
            ("-1", -1),
            ("0xff", 255),
            ("0xFF", 255),
            ("-0x10", -16),
            ("18446744073709551615", HIGHEST),
            ("0xffffffffffffffff", HIGHEST),
            ("-9223372036854775808", LOWEST),
        ] {
            assert_eq!(text.parse(), Ok(Integer(number)), "{text}");
        }
        for text in ["", "-", "0x", "--1", "-+1", "+1", "0x-1", "1_000", " 1", "ff", "1.0", "1e3"] {
            assert!(text.parse::<Integer>().is_err(), "{text:?}");
        }
        for beyond in ["18446744073709551616", "-9223372036854775809", "0x10000000000000000"] {
            assert!(beyond.parse::<Integer>().is_err(), "{beyond}");
        }
    }

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
