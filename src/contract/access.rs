//! The memory accesses of instructions.

use wasmparser::{MemArg, Operator, ValType};

/// Whether an access reads or writes memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// A load or store. Its address is on the stack, possibly below one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    pub direction: Direction,
    /// Number of accessed bytes: 1, 2, 4, 8 or 16.
    pub width: u32,
    /// The operand above the address: the value to store, or the vector of a lane.
    pub operand: Option<ValType>,
    pub memory: u32,
    /// The constant that is added to the address. The sum does not wrap.
    pub offset: u64,
}

macro_rules! accesses {
    ($($direction:ident $width:literal $operand:tt: $($operator:ident)*;)*) => {
        /// Returns the access of a load or store; `None` for every other instruction.
        pub(crate) fn of(operator: &Operator<'_>) -> Option<Access> {
            let (memarg, direction, width, operand): (&MemArg, _, _, _) = match operator {
                $($(Operator::$operator { memarg, .. })|* => {
                    (memarg, Direction::$direction, $width, accesses!(@operand $operand))
                })*
                _ => return None,
            };
            Some(Access { direction, width, operand, memory: memarg.memory, offset: memarg.offset })
        }
    };
    (@operand _) => { None };
    (@operand $ty:ident) => { Some(ValType::$ty) };
}

accesses! {
    Read 1 _: I32Load8S I32Load8U I64Load8S I64Load8U V128Load8Splat;
    Read 2 _: I32Load16S I32Load16U I64Load16S I64Load16U V128Load16Splat;
    Read 4 _: I32Load F32Load I64Load32S I64Load32U V128Load32Splat V128Load32Zero;
    Read 8 _: I64Load F64Load V128Load64Splat V128Load64Zero;
    Read 8 _: V128Load8x8S V128Load8x8U V128Load16x4S V128Load16x4U V128Load32x2S V128Load32x2U;
    Read 16 _: V128Load;
    Read 1 V128: V128Load8Lane;
    Read 2 V128: V128Load16Lane;
    Read 4 V128: V128Load32Lane;
    Read 8 V128: V128Load64Lane;
    Write 1 I32: I32Store8;
    Write 1 I64: I64Store8;
    Write 2 I32: I32Store16;
    Write 2 I64: I64Store16;
    Write 4 I32: I32Store;
    Write 4 I64: I64Store32;
    Write 4 F32: F32Store;
    Write 8 I64: I64Store;
    Write 8 F64: F64Store;
    Write 1 V128: V128Store8Lane;
    Write 2 V128: V128Store16Lane;
    Write 4 V128: V128Store32Lane;
    Write 8 V128: V128Store64Lane;
    Write 16 V128: V128Store;
}
