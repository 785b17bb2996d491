//! The JSON of receipts, where it differs from their fields.

use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::event::Event;
use super::outcome::{Receipt, TouchedContract};
use super::status::{Halt, Status};
use super::value::Value;
use crate::units::serial;
use crate::units::{CommitNumber, Gas};

/// The name of a [`Status`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StatusName {
    Returned,
    Reverted,
    Halted,
}

/// A [`Status`] as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StatusDocument {
    status: StatusName,
    halt: Option<Halt>,
}

impl From<Status> for StatusDocument {
    fn from(status: Status) -> Self {
        match status {
            Status::Returned => Self { status: StatusName::Returned, halt: None },
            Status::Reverted => Self { status: StatusName::Reverted, halt: None },
            Status::Halted(halt) => Self { status: StatusName::Halted, halt: Some(halt) },
        }
    }
}

impl TryFrom<StatusDocument> for Status {
    type Error = &'static str;

    fn try_from(document: StatusDocument) -> Result<Self, &'static str> {
        match (document.status, document.halt) {
            (StatusName::Returned, None) => Ok(Self::Returned),
            (StatusName::Reverted, None) => Ok(Self::Reverted),
            (StatusName::Halted, Some(halt)) => Ok(Self::Halted(halt)),
            (StatusName::Halted, None) => Err("a halted call must have a `halt`"),
            (_, Some(_)) => Err("a call that did not halt must not have a `halt`"),
        }
    }
}

/// A [`Receipt`] as JSON. The fields are written in this order.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ReceiptDocument {
    status: StatusName,
    commit: Option<CommitNumber>,
    halt: Option<Halt>,
    results: Vec<Value>,
    #[serde(with = "serial::hex")]
    output: Vec<u8>,
    gas_used: Gas,
    contracts: Vec<TouchedContract>,
    events: Vec<Event>,
    logs: Vec<String>,
}

impl From<Receipt> for ReceiptDocument {
    fn from(receipt: Receipt) -> Self {
        let Receipt { status, commit, results, output, gas_used, contracts, events, logs } = receipt;
        let StatusDocument { status, halt } = status.into();
        Self { status, commit, halt, results, output, gas_used, contracts, events, logs }
    }
}

impl TryFrom<ReceiptDocument> for Receipt {
    type Error = &'static str;

    fn try_from(document: ReceiptDocument) -> Result<Self, &'static str> {
        let ReceiptDocument { status, commit, halt, results, output, gas_used, contracts, events, logs } = document;
        let status = StatusDocument { status, halt }.try_into()?;
        Ok(Self { status, commit, results, output, gas_used, contracts, events, logs })
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::I32(number) => serializer.serialize_i32(*number),
            Self::I64(number) => serial::decimal::serialize(number, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Value;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a signed 64-bit integer, as a number or as decimal text")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(i32::try_from(number).map_or(Value::I64(number), Value::I32))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
                let number = i64::try_from(number);
                number
                    .map_err(|_| E::custom("the number exceeds the largest i64"))
                    .and_then(|number| self.visit_i64(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                serial::parse(text).map(Value::I64).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Number)
    }
}

/// `#[serde(with = "topics")]`: writes each topic as hex.
pub(super) mod topics {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::units::serial;

    #[derive(Serialize, Deserialize)]
    struct Topic(#[serde(with = "serial::hex")] [u8; 32]);

    pub(in crate::receipt) fn serialize<S: Serializer>(topics: &[[u8; 32]], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(topics.iter().copied().map(Topic))
    }

    pub(in crate::receipt) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<[u8; 32]>, D::Error> {
        Ok(Vec::<Topic>::deserialize(deserializer)?.into_iter().map(|Topic(topic)| topic).collect())
    }
}

#[cfg(test)]
mod tests;
