//! The prices of instructions.
//!
//! A cheap instruction costs one unit. Prices depend only on the code as deployed: the pass puts as many `nop`s before an
//! instruction as it costs, and the engine counts only `nop`s, so everything else that the pass adds is free. The engine
//! itself charges two things, the same in every variant: 1 for entering a function, and the sizes of bulk operations and
//! growth ([`variable`]).

use wasmparser::Operator;
use wasmtime::{OperatorCost, VariableOperatorCost};

/// The price of entering a function, which the engine itself charges.
pub(crate) const FUNCTION_ENTRY: u32 = 1;

/// Defines the prices of instructions that do not cost 1, with the reasons.
macro_rules! prices {
    ($($price:literal $reason:literal: $($operator:ident)*;)*) => {
        /// Returns the price of an instruction. A call of an imported function also costs that function's price.
        pub(crate) fn of(operator: &Operator<'_>) -> u32 {
            match operator {
                $($(Operator::$operator { .. })|* => $price,)*
                _ => 1,
            }
        }

        /// The table of the design page: price, reason, instructions.
        #[cfg(test)]
        pub(crate) const TABLE: &[(u32, &str, &[&str])] = &[$(($price, $reason, &[$(stringify!($operator)),*])),*];
    };
}

prices! {
    0 "no machine code": Nop Block Loop Else End Drop Return Unreachable;
    2 "NaNs are made canonical": F32Add F32Sub F64Add F64Sub F32Min F32Max F64Min F64Max F32x4Add F32x4Sub F64x2Add F64x2Sub;
    2 "a vector multiplication that widens": I64x2ExtMulLowI32x4S I64x2ExtMulHighI32x4S I64x2ExtMulLowI32x4U
        I64x2ExtMulHighI32x4U;
    2 "a jump through a table, or a call": BrTable Call;
    4 "a vector instruction that takes several of the machine's": I64x2Mul I8x16Popcnt I8x16Shl I8x16ShrS I8x16ShrU
        I64x2ShrS I32x4TruncSatF32x4S I32x4TruncSatF32x4U I32x4TruncSatF64x2SZero I32x4TruncSatF64x2UZero
        F32x4ConvertI32x4U F64x2ConvertLowI32x4U F32x4Min F32x4Max F64x2Min F64x2Max;
    4 "rounding": F32Ceil F32Floor F32Trunc F32Nearest F64Ceil F64Floor F64Trunc F64Nearest
        F32x4Ceil F32x4Floor F32x4Trunc F32x4Nearest F64x2Ceil F64x2Floor F64x2Trunc F64x2Nearest;
    4 "division of integers": I32DivS I32DivU I32RemS I32RemU I64DivS I64DivU I64RemS I64RemU;
    4 "a table element and its type are checked": CallIndirect TableGet TableSet;
    8 "a conversion between widths, which may round to a subnormal number": F32DemoteF64 F64PromoteF32 F32x4DemoteF64x2Zero
        F64x2PromoteLowF32x4;
    8 "a call of the runtime": TableInit TableCopy TableFill ElemDrop DataDrop;
    16 "a call of the runtime, and the range is checked": MemoryCopy MemoryInit;
    32 "a call of the runtime, and perhaps of the kernel": MemoryGrow TableGrow;
    36 "some processors interrupt themselves for a subnormal number": F32Mul F64Mul F32x4Mul F64x2Mul F32Div F64Div F32x4Div
        F64x2Div F32Sqrt F64Sqrt F32x4Sqrt F64x2Sqrt;
    40 "a call of the runtime, which makes a reference": RefFunc;
    96 "a call of the runtime, which takes long for no bytes": MemoryFill;
}

/// Returns the engine's prices by size: 1 for each byte or table element that is moved, and the engine's maximum of 255 for each
/// wasm page that a memory grows by. The first touch of its 64 KiB costs the host up to 27 us.
fn variable() -> VariableOperatorCost {
    VariableOperatorCost { memory_grow_per_page: u8::MAX, ..VariableOperatorCost::new() }
}

macro_rules! only_nops_cost {
    ($(@$proposal:ident $operator:ident $({ $($argument:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        /// Returns the engine's prices of instructions: one unit for a `nop`, none for the others.
        pub(crate) fn operator_cost() -> OperatorCost {
            let free = OperatorCost { $($operator: 0,)* variable: variable() };
            OperatorCost { Nop: 1, ..free }
        }
    };
}

wasmparser::for_each_operator!(only_nops_cost);
