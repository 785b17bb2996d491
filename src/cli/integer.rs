//! Integers on the command line, in scenarios and in JSON.

use std::any::type_name;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::{Serialize, Serializer};
use vellum::contract::ValueType;

/// An integer of at most 64 bits, signed or unsigned, before its type is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Integer(pub i128);

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
        // `from_str_radix` would accept a second sign here.
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

/// Deserialises an integer of a type, given as a number or as text. For `#[serde(deserialize_with = "read")]`.
pub fn read<'de, D: Deserializer<'de>, T: TryFrom<i128>>(deserializer: D) -> Result<T, D::Error> {
    of_type(Integer::deserialize(deserializer)?)
}

/// Deserialises an optional integer, given as a number or as text. For `#[serde(deserialize_with = "read_some")]`.
pub fn read_some<'de, D: Deserializer<'de>, T: TryFrom<i128>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::<Integer>::deserialize(deserializer)?.map(of_type).transpose()
}

fn of_type<T: TryFrom<i128>, E: de::Error>(integer: Integer) -> Result<T, E> {
    let wanted = format!("an integer of the type {}", type_name::<T>());
    T::try_from(integer.0).map_err(|_| E::invalid_value(Unexpected::Other(&integer.to_string()), &wanted.as_str()))
}

/// An integer of 64 bits that a contract or a user sets. In JSON it is decimal text, as many readers lose bits above 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal(pub u64);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Returns the range of integers that a parameter accepts: from the lowest signed to the highest unsigned number of its width.
pub fn bounds(ty: ValueType) -> RangeInclusive<i128> {
    match ty {
        ValueType::I32 => i32::MIN.into()..=u32::MAX.into(),
        ValueType::I64 => i64::MIN.into()..=u64::MAX.into(),
    }
}

/// Describes a type and the range that it accepts.
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
}
