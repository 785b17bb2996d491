//! What each instruction of a contract costs.
//!
//! The unit is a cheap instruction. Prices depend on nothing but the contract's original code: the pass puts as many
//! `nop`s before an instruction as it costs, the engine counts `nop`s and nothing else, and so everything that the pass
//! adds is free. Two things are charged by the engine itself, alike in every variant: 1 for entering a function, and
//! the sizes of bulk operations and growth ([`variable`]).

use wasmparser::Operator;
use wasmtime::{OperatorCost, VariableOperatorCost};

/// Entering a function: what the engine charges by itself.
pub(crate) const FUNCTION_ENTRY: u32 = 1;

/// Instructions that cost something other than 1, with the reason.
macro_rules! prices {
    ($($price:literal $reason:literal: $($operator:ident)*;)*) => {
        /// The price of an instruction. A call of an imported function costs that function's price on top.
        pub(crate) fn of(operator: &Operator<'_>) -> u32 {
            match operator {
                $($(Operator::$operator { .. })|* => $price,)*
                _ => 1,
            }
        }

        /// The table for people: price, why, instructions.
        #[cfg(test)]
        pub(crate) const TABLE: &[(u32, &str, &[&str])] = &[$(($price, $reason, &[$(stringify!($operator)),*])),*];
    };
}

prices! {
    0 "no machine code": Nop Block Loop Else End Drop Return Unreachable;
    2 "NaNs are made canonical": F32Add F32Sub F32Mul F64Add F64Sub F64Mul F32Min F32Max F64Min F64Max
        F32Ceil F32Floor F32Trunc F32Nearest F64Ceil F64Floor F64Trunc F64Nearest F32DemoteF64 F64PromoteF32
        F32x4Add F32x4Sub F32x4Mul F64x2Add F64x2Sub F64x2Mul F32x4Min F32x4Max F64x2Min F64x2Max
        F32x4Ceil F32x4Floor F32x4Trunc F32x4Nearest F64x2Ceil F64x2Floor F64x2Trunc F64x2Nearest
        F32x4DemoteF64x2Zero F64x2PromoteLowF32x4;
    2 "a jump through a table, or a call": BrTable Call;
    4 "a vector instruction that takes several of the machine's": I64x2Mul I8x16Popcnt I8x16Shl I8x16ShrS I8x16ShrU
        I64x2ShrS I32x4TruncSatF32x4S I32x4TruncSatF32x4U I32x4TruncSatF64x2SZero I32x4TruncSatF64x2UZero
        F32x4ConvertI32x4U F64x2ConvertLowI32x4U;
    4 "division and roots": I32DivS I32DivU I32RemS I32RemU I64DivS I64DivU I64RemS I64RemU F32Div F64Div F32Sqrt
        F64Sqrt F32x4Div F64x2Div F32x4Sqrt F64x2Sqrt;
    4 "a table element and its type are checked": CallIndirect TableGet TableSet;
    8 "a call of the runtime": RefFunc TableInit TableCopy TableFill ElemDrop DataDrop;
    16 "a call of the runtime, and the range is checked": MemoryCopy MemoryFill MemoryInit;
    32 "a call of the runtime, and perhaps of the kernel": MemoryGrow TableGrow;
}

/// What the engine charges by size: 1 for a byte or table element moved, and the most it can for a page of memory asked
/// for (65,536 bytes cost the host up to 27 us when they are first touched).
fn variable() -> VariableOperatorCost {
    VariableOperatorCost { memory_grow_per_page: u8::MAX, ..VariableOperatorCost::new() }
}

macro_rules! only_nops_cost {
    ($(@$proposal:ident $operator:ident $({ $($argument:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        /// The engine's table: a `nop` is one unit, everything else is free.
        pub(crate) fn operator_cost() -> OperatorCost {
            let free = OperatorCost { $($operator: 0,)* variable: variable() };
            OperatorCost { Nop: 1, ..free }
        }
    };
}

wasmparser::for_each_operator!(only_nops_cost);
