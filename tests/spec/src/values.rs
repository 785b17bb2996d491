//! Values of scripts as the integers that calls of vellum pass: `i32` and `i64` as they are, floats by their bits, vectors as
//! two `i64`, and references to functions as the `i32` 1 for null.

use vellum::receipt::Value;
use wast::core::{NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::{WastArg, WastRet};

use crate::skip::Skip;

/// A result that a script expects.
#[derive(Debug, Clone)]
pub enum Expected {
    I32(u32),
    I64(u64),
    F32(Float<u32>),
    F64(Float<u64>),
    V128(Lanes),
    /// A reference: true for null.
    Null(bool),
    Either(Vec<Expected>),
}

/// The lanes of an expected vector.
#[derive(Debug, Clone)]
pub enum Lanes {
    Bits(u128),
    F32([Float<u32>; 4]),
    F64([Float<u64>; 2]),
}

/// An expected float: its bits, or a class of NaNs.
#[derive(Debug, Clone, Copy)]
pub enum Float<B> {
    Bits(B),
    CanonicalNan,
    ArithmeticNan,
}

/// Returns the lowered form of the arguments of an invocation.
pub fn arguments(arguments: &[WastArg<'_>]) -> Result<Vec<Value>, Skip> {
    let mut lowered = Vec::new();
    for argument in arguments {
        match argument {
            WastArg::Core(WastArgCore::I32(number)) => lowered.push(Value::I32(*number)),
            WastArg::Core(WastArgCore::I64(number)) => lowered.push(Value::I64(*number)),
            WastArg::Core(WastArgCore::F32(float)) => lowered.push(Value::I32(float.bits as i32)),
            WastArg::Core(WastArgCore::F64(float)) => lowered.push(Value::I64(float.bits as i64)),
            WastArg::Core(WastArgCore::V128(vector)) => {
                lowered.extend(halves(u128::from_le_bytes(vector.to_le_bytes())).map(|half| Value::I64(half as i64)));
            }
            WastArg::Core(WastArgCore::RefNull(_)) => lowered.push(Value::I32(1)),
            _ => return Err(Skip::new("arguments that are references of the host")),
        }
    }
    Ok(lowered)
}

/// Returns the results that an invocation must have.
pub fn results(results: &[WastRet<'_>]) -> Result<Vec<Expected>, Skip> {
    let one = |result: &WastRet<'_>| match result {
        WastRet::Core(core) => expected(core),
        _ => Err(Skip::new("results of components")),
    };
    results.iter().map(one).collect()
}

fn expected(result: &WastRetCore<'_>) -> Result<Expected, Skip> {
    Ok(match result {
        WastRetCore::I32(number) => Expected::I32(*number as u32),
        WastRetCore::I64(number) => Expected::I64(*number as u64),
        WastRetCore::F32(pattern) => Expected::F32(float(pattern, |float| float.bits)),
        WastRetCore::F64(pattern) => Expected::F64(float(pattern, |float| float.bits)),
        WastRetCore::V128(pattern) => Expected::V128(lanes(pattern)),
        WastRetCore::RefNull(_) => Expected::Null(true),
        WastRetCore::RefFunc(_) => Expected::Null(false),
        WastRetCore::Either(cases) => Expected::Either(cases.iter().map(expected).collect::<Result<_, _>>()?),
        _ => return Err(Skip::new("results that are references of the host")),
    })
}

fn float<F, B>(pattern: &NanPattern<F>, bits: impl Fn(&F) -> B) -> Float<B> {
    match pattern {
        NanPattern::CanonicalNan => Float::CanonicalNan,
        NanPattern::ArithmeticNan => Float::ArithmeticNan,
        NanPattern::Value(value) => Float::Bits(bits(value)),
    }
}

fn lanes(pattern: &V128Pattern) -> Lanes {
    /// Joins lanes of this many bits, the first in the lowest bits.
    fn joined(bits: u32, lanes: impl DoubleEndedIterator<Item = u128>) -> Lanes {
        Lanes::Bits(lanes.rev().fold(0, |vector, lane| vector << bits | lane))
    }
    match pattern {
        V128Pattern::I8x16(lanes) => joined(8, lanes.iter().map(|lane| (*lane as u8).into())),
        V128Pattern::I16x8(lanes) => joined(16, lanes.iter().map(|lane| (*lane as u16).into())),
        V128Pattern::I32x4(lanes) => joined(32, lanes.iter().map(|lane| (*lane as u32).into())),
        V128Pattern::I64x2(lanes) => joined(64, lanes.iter().map(|lane| (*lane as u64).into())),
        V128Pattern::F32x4(lanes) => Lanes::F32(lanes.each_ref().map(|lane| float(lane, |float| float.bits))),
        V128Pattern::F64x2(lanes) => Lanes::F64(lanes.each_ref().map(|lane| float(lane, |float| float.bits))),
    }
}

fn halves(vector: u128) -> [u64; 2] {
    [vector as u64, (vector >> 64) as u64]
}

impl Expected {
    /// The number of integers that the value is lowered to.
    pub fn width(&self) -> usize {
        match self {
            Self::V128(_) => 2,
            Self::Either(cases) => cases.first().map_or(1, Self::width),
            _ => 1,
        }
    }

    /// Returns true if the integers, each extended without its sign, are the expected value.
    pub fn is_met_by(&self, found: &[u64]) -> bool {
        match (self, found) {
            (Self::I32(number), &[found]) => u64::from(*number) == found,
            (Self::I64(number), &[found]) => *number == found,
            (Self::F32(float), &[found]) => u32::try_from(found).is_ok_and(|bits| float.is_met_by(bits)),
            (Self::F64(float), &[found]) => float.is_met_by(found),
            (Self::V128(lanes), &[low, high]) => lanes.is_met_by([low, high]),
            (Self::Null(is_null), &[found]) => u64::from(*is_null) == found,
            (Self::Either(cases), found) => cases.iter().any(|case| case.is_met_by(found)),
            _ => false,
        }
    }
}

impl Lanes {
    fn is_met_by(&self, found: [u64; 2]) -> bool {
        match self {
            Self::Bits(bits) => halves(*bits) == found,
            Self::F32(lanes) => {
                let found = found.map(|half| [half as u32, (half >> 32) as u32]);
                lanes.iter().zip(found.as_flattened()).all(|(lane, found)| lane.is_met_by(*found))
            }
            Self::F64(lanes) => lanes.iter().zip(found).all(|(lane, found)| lane.is_met_by(found)),
        }
    }
}

impl Float<u32> {
    fn is_met_by(self, bits: u32) -> bool {
        match self {
            Self::Bits(expected) => bits == expected,
            Self::CanonicalNan => bits << 1 == 0x7fc0_0000 << 1,
            Self::ArithmeticNan => bits & 0x7fc0_0000 == 0x7fc0_0000,
        }
    }
}

impl Float<u64> {
    fn is_met_by(self, bits: u64) -> bool {
        match self {
            Self::Bits(expected) => bits == expected,
            Self::CanonicalNan => bits << 1 == 0x7ff8_0000_0000_0000 << 1,
            Self::ArithmeticNan => bits & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        }
    }
}
