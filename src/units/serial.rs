//! Serialization of units and receipts in JSON and other self-describing formats.
//!
//! 64-bit integers that a contract or a user sets are decimal strings, as many readers of JSON lose bits above 2^53. Counts,
//! versions, commits and offsets are numbers, and bytes are hex with `0x`. Every integer may be read from a number or from a
//! decimal string.

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{self, Deserializer, Visitor};

/// Reads an integer from a number or from decimal text.
struct Integer<T>(PhantomData<T>);

impl<T> Visitor<'_> for Integer<T>
where
    T: FromStr + TryFrom<i64> + TryFrom<u64>,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an integer ({}), as a number or as decimal text", type_name::<T>())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        T::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        T::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// Parses decimal text. It must not start with a plus sign.
pub(crate) fn parse<T: FromStr>(text: &str) -> Option<T> {
    // The standard library accepts a plus sign.
    Some(text).filter(|text| !text.starts_with('+'))?.parse().ok()
}

/// Deserializes an integer from a number or from decimal text.
pub(crate) fn integer<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr + TryFrom<i64> + TryFrom<u64>,
{
    deserializer.deserialize_any(Integer(PhantomData))
}

/// `#[serde(with = "number")]`: writes an integer as a number.
pub(crate) mod number {
    use serde::{Serialize, Serializer};

    pub(crate) use crate::units::serial::integer as deserialize;

    pub(crate) fn serialize<S: Serializer>(number: &impl Serialize, serializer: S) -> Result<S::Ok, S::Error> {
        number.serialize(serializer)
    }
}

/// `#[serde(with = "decimal")]`: writes a 64-bit integer as decimal text.
pub(crate) mod decimal {
    use std::fmt;

    use serde::Serializer;

    pub(crate) use crate::units::serial::integer as deserialize;

    pub(crate) fn serialize<S: Serializer>(number: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }
}

/// `#[serde(with = "decimal_or_null")]`: writes an optional 64-bit integer as decimal text or null.
pub(crate) mod decimal_or_null {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(number: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        match number {
            Some(number) => serializer.collect_str(number),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
        #[derive(Deserialize)]
        struct Number(#[serde(deserialize_with = "crate::units::serial::integer")] u64);
        Ok(Option::<Number>::deserialize(deserializer)?.map(|Number(number)| number))
    }
}

/// `#[serde(with = "hex")]`: writes bytes as hex with `0x`, and reads them with or without.
pub(crate) mod hex {
    use std::fmt;
    use std::marker::PhantomData;

    use serde::de::{self, Deserializer, Visitor};
    use serde::ser::Serializer;

    pub(crate) fn serialize<S: Serializer>(bytes: &impl AsRef<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&const_hex::encode_prefixed(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: TryFrom<Vec<u8>>>(deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(Hex(PhantomData))
    }

    struct Hex<T>(PhantomData<T>);

    impl<T: TryFrom<Vec<u8>>> Visitor<'_> for Hex<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match size_of::<T>() {
                length if length == size_of::<Vec<u8>>() => f.write_str("bytes of hex (with or without 0x)"),
                length => write!(f, "{length} bytes of hex (with or without 0x)"),
            }
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            let bytes = const_hex::decode(text).ok().and_then(|bytes| T::try_from(bytes).ok());
            bytes.ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }
}

/// `#[serde(with = "name")]`: writes a value as its `Display` text, and reads it with `FromStr`.
pub(crate) mod name {
    use std::borrow::Cow;
    use std::fmt;
    use std::str::FromStr;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err: fmt::Display>,
    {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
