//! Arguments and results of exports.

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
}
