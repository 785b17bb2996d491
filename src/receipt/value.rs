//! Arguments and results of exports, as values and as the bytes in which contracts pass them to each other.

use std::fmt;

use crate::contract::ValueType;

/// An argument or result of an export. In JSON an `i32` is a number and an `i64` is decimal text. Text is read as an `i64`, and
/// a number as an `i32`, or as an `i64` if it does not fit an `i32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Value {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
}

/// A value of the wrong type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{value} is an {}, not an {wanted}", value.ty())]
pub struct OtherType {
    /// The value.
    pub value: Value,
    /// The expected type.
    pub wanted: ValueType,
}

impl Value {
    /// Returns the type.
    pub fn ty(self) -> ValueType {
        match self {
            Self::I32(_) => ValueType::I32,
            Self::I64(_) => ValueType::I64,
        }
    }

    /// Appends its bytes, little-endian: 4 of an `i32`, 8 of an `i64`. In this form arguments begin the input of a call that a
    /// contract makes, and results end its output.
    pub fn append_to(self, bytes: &mut Vec<u8>) {
        match self {
            Self::I32(number) => bytes.extend_from_slice(&number.to_le_bytes()),
            Self::I64(number) => bytes.extend_from_slice(&number.to_le_bytes()),
        }
    }

    /// Takes values of these types off the front of bytes, in the form of [`append_to`](Self::append_to). Returns them and the
    /// bytes that are left; nothing if there are too few.
    pub fn take_from<'a>(bytes: &'a [u8], types: &[ValueType]) -> Option<(Vec<Self>, &'a [u8])> {
        let mut rest = bytes;
        let take = |ty: &ValueType| match ty {
            ValueType::I32 => front(&mut rest).map(|bytes| Self::I32(i32::from_le_bytes(bytes))),
            ValueType::I64 => front(&mut rest).map(|bytes| Self::I64(i64::from_le_bytes(bytes))),
        };
        let values = types.iter().map(take).collect::<Option<Vec<Self>>>()?;
        Some((values, rest))
    }
}

/// Takes `N` bytes off the front. `None` if there are fewer.
fn front<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (front, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*front)
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::I32(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::I64(value)
    }
}

impl TryFrom<Value> for i32 {
    type Error = OtherType;

    fn try_from(value: Value) -> Result<Self, OtherType> {
        match value {
            Value::I32(number) => Ok(number),
            Value::I64(_) => Err(OtherType { value, wanted: ValueType::I32 }),
        }
    }
}

impl TryFrom<Value> for i64 {
    type Error = OtherType;

    fn try_from(value: Value) -> Result<Self, OtherType> {
        match value {
            Value::I64(number) => Ok(number),
            Value::I32(_) => Err(OtherType { value, wanted: ValueType::I64 }),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I32(number) => number.fmt(f),
            Self::I64(number) => number.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_converts_from_an_integer_and_back_only_to_its_own_type() {
        assert_eq!([Value::from(-1_i32), Value::from(-1_i64)], [Value::I32(-1), Value::I64(-1)]);
        assert_eq!((i32::try_from(Value::I32(7)), i64::try_from(Value::I64(7))), (Ok(7), Ok(7)));
        assert_eq!(i32::try_from(Value::I64(7)).unwrap_err().to_string(), "7 is an i64, not an i32");
        assert_eq!(i64::try_from(Value::I32(7)).unwrap_err().to_string(), "7 is an i32, not an i64");
        assert_eq!(Value::I64(i64::MIN).to_string(), "-9223372036854775808");
    }

    #[test]
    fn values_are_taken_off_the_front_of_the_bytes_that_they_were_appended_to() {
        use ValueType::{I32, I64};
        let values = [Value::I32(-2), Value::I64(0x0102_0304_0506_0708), Value::I32(i32::MIN)];
        let mut bytes = Vec::new();
        values.iter().for_each(|value| value.append_to(&mut bytes));
        assert_eq!(bytes, [0xfe, 0xff, 0xff, 0xff, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0x80]);
        bytes.extend(b"rest");
        let types = values.map(Value::ty);
        assert_eq!(Value::take_from(&bytes, &types), Some((values.to_vec(), &b"rest"[..])));
        assert_eq!(Value::take_from(&bytes[..16], &types), Some((values.to_vec(), &[][..])));
        for length in 0..16 {
            assert_eq!(Value::take_from(&bytes[..length], &types), None, "{length} bytes");
        }
        assert_eq!(Value::take_from(b"rest", &[]), Some((Vec::new(), &b"rest"[..])));
        assert_eq!(Value::take_from(b"12345678", &[I32, I64]), None);
    }
}
